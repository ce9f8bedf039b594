// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * libxdp: the members become programs of libxdp's dispatcher, beside those that others attached, in the order of their
 * run priorities. Each change is a new dispatcher that replaces the old one atomically. libxdp loads the programs
 * itself, as freplace (BPF_PROG_TYPE_EXT), so they are opened once more here, over the maps of the objects already
 * loaded. A joined chain is one program of the dispatcher. It has no object, and neither has a member that was made to
 * count or to pass metadata on: libxdp gets one that stands in for it, and libbpf its instructions.
 *
 * libxdp 1.3.1 attaches a lone program without a dispatcher when the kernel cannot do freplace; here that is an error.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "compose/backend.h"
#include "compose/diag_ids.h"
#include "compose/dispatcher.h"
#include "compose/fault.h"
#include "compose/image.h"
#include "compose/stand_in_object.h"
#include "core/load.h"
#include "core/log.h"

#define MAX_PROGRAMS   10 /* MAX_DISPATCHER_ACTIONS, xdp/prog_dispatcher.h */
#define ACTIONS	       5  /* XDP_ABORTED to XDP_REDIRECT */
#define STAND_IN       "bpfgraft__chain" /* the function in stand_in.bpf.c */
#define LEAST_PRIORITY 64 /* behind programs of others with libxdp's default, 50 */

static void multiprog_closep(struct xdp_multiprog **mp)
{
	if (*mp && !libxdp_get_error(*mp))
		xdp_multiprog__close(*mp);
	*mp = NULL;
}

static bool is_dispatcher(uint32_t id)
{
	char name[128] = "", tag[17];

	return bg_prog_describe(id, name, tag) && strcmp(name, "xdp_dispatcher") == 0;
}

/* Whether a dispatcher is on the interface, or some other program; both false: none. */
static int query(unsigned ifindex, bool *ret_dispatcher, bool *ret_other)
{
	struct bpf_xdp_query_opts q = { .sz = sizeof(q) };
	int err = bpf_xdp_query((int)ifindex, 0, &q);

	*ret_dispatcher = !err && (is_dispatcher(q.drv_prog_id) || is_dispatcher(q.skb_prog_id));
	if (ret_other)
		*ret_other = !err && !*ret_dispatcher && (q.drv_prog_id || q.skb_prog_id);
	return err;
}

/*
 * What libxdp has on the interface: 0 with *ret NULL when nothing. libxdp (1.3.1) is not asked of a program that is no
 * dispatcher: it would keep a file descriptor of it for ever.
 */
static int open_multiprog(unsigned ifindex, struct xdp_multiprog **ret)
{
	struct xdp_multiprog *mp;
	bool dispatcher;
	long err = query(ifindex, &dispatcher, NULL);

	*ret = NULL;
	if (err || !dispatcher)
		return (int)err;
	bg_log_capture_start();
	mp = xdp_multiprog__get_from_ifindex((int)ifindex);
	free(bg_log_capture_take());
	err = libxdp_get_error(mp);
	*ret = err ? NULL : mp;
	return err == -ENOENT ? 0 : (int)err;
}

static int probe(const struct bg_target *t, char **ret_why)
{
	int r = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_EXT, NULL);

	(void)t;
	if (r == 0)
		*ret_why =
			bg_strdup("the kernel refuses freplace (BPF_PROG_TYPE_EXT), which libxdp's dispatcher is "
				  "made of; 'exclusive: true' needs none, and lets no other program on the interface");
	return r > 0 ? 0 : r < 0 ? r : -EOPNOTSUPP;
}

/*
 * A program array belongs to programs of the kind that used it first; so kernels with "bpf: Prevent tail call between
 * progs attached to different hooks" (Debian's 6.1.192) do not load an extension that tail calls into one of XDP
 * programs.
 */
static int takes(const struct bg_image *img, char **ret_why)
{
	BG_CLEANUP(bg_dispatcher_end) struct bg_tmpdir dir = { 0 };
	struct bpf_prog_load_opts o = { .sz = sizeof(o) };
	struct xdp_program *dispatcher = NULL;
	struct bpf_object *obj;
	int err, fd;

	if (!bg_image_tail_calls(img))
		return 0;
	err = bg_dispatcher_begin(&dir);
	bg_log_capture_start();
	err = err ? err : bg_dispatcher_load(&dispatcher);
	free(bg_log_capture_take());
	if (err) {
		*ret_why = bg_strdup("a dispatcher to try it on does not load");
		return err;
	}
	obj = xdp_program__bpf_obj(dispatcher);
	o.attach_prog_fd = (uint32_t)bpf_program__fd(bpf_object__find_program_by_name(obj, "xdp_dispatcher"));
	o.attach_btf_id = (uint32_t)btf__find_by_name_kind(bpf_object__btf(obj), BG_DISPATCHER_SEAT, BTF_KIND_FUNC);
	bg_image_describe(img, &o);
	fd = bpf_prog_load(BPF_PROG_TYPE_EXT, "bpfgraft", "GPL", img->insns.v, img->insns.n, &o);
	err = fd < 0 ? -errno : 0;
	xdp_program__close(dispatcher);
	if (!err)
		return close(fd);
	*ret_why = bg_strdup(
		"it tail calls, and the kernel does not load an extension that does so into an array of XDP programs");
	return err;
}

static const char *mode_name(enum xdp_attach_mode mode)
{
	return mode == XDP_MODE_SKB ? "skb" : mode == XDP_MODE_HW ? "offload" : "native";
}

static int list(const struct bg_target *t, struct bg_rows *ret)
{
	BG_CLEANUP(multiprog_closep) struct xdp_multiprog *mp = NULL;
	struct xdp_program *p = NULL;
	int err = open_multiprog(t->ifindex, &mp);

	if (err || !mp)
		return err;
	while ((p = xdp_multiprog__next_prog(p, mp))) {
		struct bg_row r = { .mode = mode_name(xdp_multiprog__attach_mode(mp)),
				    .kind = "bpf",
				    .prog_id = xdp_program__id(p),
				    .priority = xdp_program__run_prio(p),
				    .continue_on = 0 };

		for (unsigned a = 0; a < ACTIONS; a++)
			if (xdp_program__chain_call_enabled(p, a))
				r.continue_on |= 1 << a;
		bg_prog_describe(r.prog_id, r.name, r.tag);
		bg_vec_push(ret, r);
	}
	return 0;
}

static int place(struct bg_generation *g, const struct bg_generation *old, const struct bg_rows *others,
		 struct bg_loc at, struct bg_diags *ds)
{
	uint32_t first = bg_seats(old, others, MAX_PROGRAMS, LEAST_PRIORITY);

	for (size_t i = 0; i < others->n; i++)
		if (others->v[i].continue_on < 0) {
			bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_OCCUPIED, at,
				"'%s' runs the XDP program '%s' (id %u) of others without "
				"libxdp's dispatcher; there is no room beside it",
				g->interface, others->v[i].name[0] ? others->v[i].name : "?", others->v[i].prog_id);
			return -EBUSY;
		}
	if (others->n + g->parts.n + (old ? old->parts.n : 0) > MAX_PROGRAMS) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_LIMIT, at,
			"libxdp's dispatcher holds %d programs: %zu of others, %zu of the chain, "
			"%zu of the chain that it replaces",
			MAX_PROGRAMS, others->n, g->parts.n, old ? old->parts.n : 0);
		return -E2BIG;
	}
	for (size_t i = 0; i < g->parts.n; i++)
		g->parts.v[i].priority = first + (uint32_t)i;
	return 0;
}

/*
 * The object once more, unloaded, over the maps of the loaded one: they hold globals, shared maps and entries already.
 */
static int reopen(const struct bg_part *part, struct bpf_object **ret)
{
	BG_CLEANUP(bg_object_closep) struct bpf_object *obj = bpf_object__open_file(part->object, NULL);
	struct bpf_program *p;
	struct bpf_map *map, *from;

	if (!obj)
		return -errno;
	bpf_object__for_each_program (p, obj)
		bpf_program__set_autoload(p, strcmp(bpf_program__name(p), part->program) == 0);
	/*
	 * Both are of one file: their maps come in the same order, which reused names (cut to 15 bytes) would not tell.
	 */
	from = bpf_object__next_map(part->loaded, NULL);
	bpf_object__for_each_map (map, obj) {
		int err;

		if (!from)
			return -EINVAL;
		err = bpf_map__set_pin_path(map, NULL);
		if (!err && bpf_map__fd(from) >= 0)
			err = bpf_map__reuse_fd(map, bpf_map__fd(from));
		if (err)
			return err;
		from = bpf_object__next_map(part->loaded, from);
	}
	*ret = BG_TAKE(obj);
	return 0;
}

/* name: as long as STAND_IN at most. In the symbols as in the types a name ends with a zero, wherever the next begins.
 */
static int open_stand_in(const struct bg_part *part, const char *name, struct bpf_object **ret)
{
	unsigned char object[sizeof(bg_stand_in)], *at = object;
	struct bpf_program *prog;

	memcpy(object, bg_stand_in, sizeof(object));
	while ((at = memmem(at, (size_t)(object + sizeof(object) - at), STAND_IN, sizeof(STAND_IN)))) {
		strncpy((char *)at, name, sizeof(STAND_IN));
		at += sizeof(STAND_IN); /* name may be the stand-in's own */
	}
	*ret = bpf_object__open_mem(object, sizeof(object), NULL);
	if (!*ret)
		return -errno;
	prog = bpf_object__find_program_by_name(*ret, name);
	if (!prog)
		return -ENOENT;
	bg_image_supply(prog, part->image);
	return bpf_program__set_flags(prog, part->image->prog_flags);
}

static int make_program(const struct bg_part *part, struct bpf_object **ret_obj, struct xdp_program **ret)
{
	BG_CLEANUP(bg_freep) char *short_name = bg_identifier(part->program);
	struct xdp_program_opts o = { .sz = sizeof(o), .prog_name = part->image ? short_name : part->program };
	struct xdp_program *p;
	int err;

	if (strlen(short_name) > strlen(STAND_IN))
		short_name[strlen(STAND_IN)] = '\0';
	err = part->image ? open_stand_in(part, short_name, ret_obj) : reopen(part, ret_obj);
	if (err)
		return err;
	o.obj = *ret_obj;
	p = xdp_program__create(&o);
	err = (int)libxdp_get_error(p);
	if (err)
		return err;
	*ret = p;
	err = xdp_program__set_run_prio(p, part->priority);
	for (unsigned a = 0; a < ACTIONS && !err; a++)
		err = xdp_program__set_chain_call_enabled(p, a, part->continue_on >> a & 1);
	return err;
}

static int is_legacy(unsigned ifindex)
{
	bool dispatcher, other = false;
	int err = query(ifindex, &dispatcher, &other);

	return err ? err : other;
}

/* What libxdp attached, remembered: the programs are new ones, made by it. */
static int adopt(struct bg_generation *g, struct xdp_program **progs)
{
	for (size_t i = 0; i < g->parts.n; i++) {
		struct bg_part *part = &g->parts.v[i];
		int err;

		part->prog_fd = fcntl(xdp_program__fd(progs[i]), F_DUPFD_CLOEXEC, 3);
		err = part->prog_fd < 0 ? -errno : bg_part_describe(part);
		if (!err)
			err = bg_generation_pin_prog(g, i);
		if (err)
			return err;
	}
	return 0;
}

/* The first line that says something: what libbpf does not know in libxdp's own objects is nobody's concern. */
static const char *first_words(char *messages)
{
	char *rest = NULL;

	for (char *line = strtok_r(messages, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (!strstr(line, "skipping unrecognized data section"))
			return line;
	return "";
}

static int attach(struct bg_generation *g, const struct bg_generation *old, bool in_place, char **ret_step)
{
	BG_CLEANUP(bg_dispatcher_end) struct bg_tmpdir dir = { 0 };
	struct xdp_program *progs[MAX_PROGRAMS] = { 0 };
	struct bpf_object *objs[MAX_PROGRAMS] = { 0 };
	char *messages;
	int err = bg_dispatcher_begin(&dir);

	(void)old;
	(void)in_place; /* can_replace is false */
	bg_log_capture_start();
	if (!err && g->parts.v[0].image) /* all have one then, or none */
		err = bg_image_supply_start(BPF_PROG_TYPE_XDP);
	for (size_t i = 0; i < g->parts.n && !err; i++)
		err = make_program(&g->parts.v[i], &objs[i], &progs[i]);
	if (!err)
		err = bg_change("attach a new dispatcher");
	if (!err)
		err = xdp_program__attach_multi(progs, g->parts.n, (int)g->target.ifindex, XDP_MODE_UNSPEC, 0);
	bg_image_withdraw();
	messages = bg_log_capture_take();
	if (err) {
		const char *says = first_words(messages);

		*ret_step = bg_printf("attach the chain by libxdp%s%s", *says ? ": " : "", says);
	} else if ((err = is_legacy(g->target.ifindex))) {
		if (err > 0)
			xdp_program__detach(progs[0], (int)g->target.ifindex, XDP_MODE_UNSPEC, 0);
		*ret_step = bg_strdup("attach the chain by libxdp, which did without its dispatcher");
		err = err > 0 ? -EOPNOTSUPP : err;
	} else if ((err = adopt(g, progs))) {
		*ret_step = bg_strdup("remember the programs of the dispatcher");
	}
	free(messages);
	for (size_t i = 0; i < g->parts.n; i++) {
		if (progs[i])
			xdp_program__close(progs[i]);
		bg_object_closep(&objs[i]);
	}
	return err;
}

/* By id; by name, tag and priority when the process ended before it could pin what libxdp loaded. */
static bool is_part(const struct bg_generation *g, struct xdp_program *p)
{
	char name[128] = "", tag[17] = "";
	uint32_t id = xdp_program__id(p);

	for (size_t i = 0; g && i < g->parts.n; i++) {
		const struct bg_part *part = &g->parts.v[i];

		if (part->prog_id ? part->prog_id == id
				  : part->priority == xdp_program__run_prio(p) && bg_prog_describe(id, name, tag) &&
					    strcmp(part->tag, tag) == 0 && strcmp(part->program, name) == 0)
			return true;
	}
	return false;
}

static int settle(const struct bg_generation *keep, const struct bg_generation *gone)
{
	BG_CLEANUP(bg_dispatcher_end) struct bg_tmpdir dir = { 0 };
	BG_CLEANUP(multiprog_closep) struct xdp_multiprog *mp = NULL;
	struct xdp_program *out[MAX_PROGRAMS], *p = NULL;
	size_t n = 0;
	int err;

	if (!gone)
		return 0;
	err = open_multiprog(gone->target.ifindex, &mp);
	if (err || !mp)
		return err == -ENODEV ? 0 : err;
	while ((p = xdp_multiprog__next_prog(p, mp)))
		if (is_part(gone, p) && !is_part(keep, p) && n < MAX_PROGRAMS)
			out[n++] = p;
	err = n ? bg_dispatcher_begin(&dir) : 0;
	if (err || !n)
		return err;
	bg_change("attach a dispatcher without the old programs");
	bg_log_capture_start();
	err = xdp_program__detach_multi(out, n, (int)gone->target.ifindex, xdp_multiprog__attach_mode(mp), 0);
	free(bg_log_capture_take());
	return err;
}

static const struct bg_verdict verdicts[] = {
	{ "aborted", 1 }, { "0", 1 },  { "drop", 2 }, { "1", 2 },	  { "pass", 4 }, { "continue", 4 },
	{ "2", 4 },	  { "tx", 8 }, { "3", 8 },    { "redirect", 16 }, { "4", 16 },	 { 0 },
};

const struct bg_backend bg_be_libxdp = {
	.name = "libxdp",
	.choice = BG_ATTACH_LIBXDP,
	.family = "xdp",
	.max_members = MAX_PROGRAMS,
	.loads = true,
	.verdicts = verdicts,
	.next_means = "the verdicts of its row in the dispatcher's table",
	.probe = probe,
	.list = list,
	.takes = takes,
	.place = place,
	.attach = attach,
	.settle = settle,
};
