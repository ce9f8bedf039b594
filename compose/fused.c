// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A chain as one program: the members are loaded one by one, as if they were to run alone, which creates their maps and
 * proves that each is fine by itself; then their instructions are joined (fuse.c) and loaded once more as one program
 * over the same maps. First inlined, then by calls where a limit or a tail call asks for it; what does not fit one
 * program at all is cut into pieces that tail call each other.
 */
#include <unistd.h>

#include "compose/chain.h"
#include "compose/diag_ids.h"
#include "core/fs.h"
#include "core/load.h"

#define LOG_SIZE  (16u << 20) /* bytes of the verifier's log */
#define LOG_STATS 4	      /* BPF_LOG_STATS, include/linux/bpf_verifier.h */
#define MAX_TAIL_CALLS 33     /* MAX_TAIL_CALL_CNT, include/linux/bpf.h */

/* The kernel's own licence check knows two kinds; what a loaded member has of them. */
static int licence_of(const struct bg_chain *c, size_t member, const char **ret, char **ret_why)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(c->members.v[member].prog), &info, &len))
		return -errno;
	*ret = info.gpl_compatible ? "GPL" : "Proprietary";
	if (info.gpl_compatible || !c->backend->loads)
		return 0;
	/* what stands in for a program says GPL, and one that may not say so must not be passed off as one */
	*ret_why =
		bg_printf("%s can load what bpfgraft has made of '%s' only if its licence is compatible with the GPL",
			  c->backend->name, c->members.v[member].spec->run);
	return -EINVAL;
}

/* One program has one of them. */
static int same_licence(const struct bg_chain *c, const char **ret, char **ret_why)
{
	for (size_t i = 0; i < c->members.n; i++) {
		const char *first = *ret;
		int err = licence_of(c, i, ret, ret_why);

		if (err)
			return err;
		if (i && *ret != first) {
			*ret_why =
				bg_printf("'%s' and '%s' cannot be one program: one's licence is compatible with the "
					  "GPL, the other's is not",
					  c->members.v[0].spec->run, c->members.v[i].spec->run);
			return -EINVAL;
		}
	}
	return 0;
}

struct load {
	const char *licence;
	char *name, *log_path;
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	uint32_t log_level;
	char *log; /* LOG_SIZE bytes */
};

/* File descriptor of the loaded program, or -errno. */
static int load_image(const struct bg_image *img, const struct load *l)
{
	struct bpf_prog_load_opts o = {
		.sz = sizeof(o),
		.expected_attach_type = l->attach,
		.log_level = l->log_level,
		.log_size = l->log_level ? LOG_SIZE : 0,
		.log_buf = l->log_level ? l->log : NULL,
	};
	int fd;

	bg_image_describe(img, &o);
	l->log[0] = '\0';
	fd = bpf_prog_load(l->type, l->name, l->licence, img->insns.v, img->insns.n, &o);
	return fd < 0 ? -errno : fd;
}

/* "stack depth 24+0": of the entry, then of its subprograms. The verifier is the one who knows: it saw every access. */
static int stack_of(const struct bg_image *img, struct load l, unsigned *ret)
{
	const char *at;
	int fd;

	l.log_level = LOG_STATS;
	fd = load_image(img, &l);
	if (fd < 0)
		return fd;
	close(fd);
	at = strstr(l.log, "stack depth ");
	*ret = at ? (unsigned)strtoul(at + strlen("stack depth "), NULL, 10) : 0;
	return at ? 0 : -ENODATA;
}

static size_t index_of(const struct bg_chain *c, const char *run)
{
	for (size_t i = 0; i < c->members.n; i++)
		if (strcmp(c->members.v[i].spec->run, run) == 0)
			return i;
	return BG_FUSE_STOP;
}

static int parts_of(const struct bg_chain *c, const struct load *l, struct bg_fuse_part *parts, char **ret_why)
{
	for (size_t i = 0; i < c->members.n; i++) {
		const struct bg_member *m = &c->members.v[i];
		const char *otherwise = m->spec->otherwise;
		struct load mine = *l;
		int err;

		parts[i] = (struct bg_fuse_part){ .image = &m->image,
						  .name = m->spec->run,
						  .continue_on = m->values.v,
						  .n_continue = m->values.n,
						  .meta = m->meta.vars.n ? &m->meta : NULL,
						  .otherwise = BG_FUSE_STOP };
		if (otherwise && strcmp(otherwise, "stop") != 0)
			parts[i].otherwise = index_of(c, otherwise);
		err = licence_of(c, i, &mine.licence, ret_why);
		if (err)
			return err;
		err = stack_of(&m->image, mine, &parts[i].stack);
		if (err) {
			*ret_why = bg_strdup("the stack that the members use cannot be found out");
			return err;
		}
	}
	return 0;
}

/* Joined one way and loaded: a file descriptor, or -errno with *ret_why. */
static int try(const struct bg_fuse_chain *fc, enum bg_fuse_how how, struct load l, struct bg_image *ret,
	       char **ret_why)
{
	int fd = bg_fuse(fc, how, ret, ret_why);

	if (!fd && ret->btf && btf__load_into_kernel(ret->btf)) {
		fd = -errno;
		*ret_why = bg_strdup("the kernel refuses the types of all members together");
	}
	if (!fd) {
		fd = load_image(ret, &l);
		if (fd < 0) { /* again, to be told why */
			const char *last;

			l.log_level = 1;
			fd = load_image(ret, &l);
			bg_write_file(l.log_path, l.log, strlen(l.log));
			last = bg_load_last_words(l.log);
			*ret_why = bg_printf("the verifier refuses it: %.*s", (int)strcspn(last, "\n"), last);
		}
	}
	if (fd < 0)
		bg_image_done(ret);
	return fd;
}

/* A tail call leaves for good: inlined it may stand at the very end only. */
static const char *tail_caller(const struct bg_chain *c, const struct bg_fuse_chain *fc)
{
	size_t to = fc->to ? fc->to : fc->n;

	for (size_t i = fc->from; i < to; i++)
		if ((i + 1 < fc->n || fc->final || fc->n_pass || fc->counted || fc->out_at_end) &&
		    bg_image_tail_calls(&c->members.v[i].image))
			return c->members.v[i].spec->run;
	return NULL;
}

/* The chain or a piece of it as one program, whichever way goes: a file descriptor, or -errno with *ret_why. */
static int join_one(const struct bg_chain *c, const struct bg_fuse_chain *fc, const struct load *l,
		    struct bg_image *ret, enum bg_fuse_how *ret_how, char **ret_why)
{
	BG_CLEANUP(bg_freep) char *inlined = NULL, *called = NULL;
	const char *leaves = tail_caller(c, fc);
	int fd = -EINVAL;

	*ret_how = BG_FUSE_INLINE;
	if (leaves)
		inlined = bg_printf("'%s' tail calls, and what stands behind it would be skipped", leaves);
	else
		fd = try(fc, BG_FUSE_INLINE, *l, ret, &inlined);
	if (fd >= 0)
		return fd;
	*ret_how = BG_FUSE_CALLS;
	fd = try(fc, BG_FUSE_CALLS, *l, ret, &called);
	*ret_why = fd >= 0 ? BG_TAKE(inlined) : bg_printf("inlined: %s; by calls: %s", inlined, called);
	return fd;
}

static int join_fused(struct bg_chain *c, const struct bg_fuse_chain *fc, const struct load *l, char **ret_why)
{
	BG_CLEANUP(bg_freep) char *was = NULL;
	enum bg_fuse_how how;
	int fd = join_one(c, fc, l, &c->image, &how, ret_why);

	if (fd < 0)
		return fd;
	c->join_how = bg_fuse_names[how];
	c->instructions = c->image.insns.n;
	c->programs = 1;
	if (how == BG_FUSE_INLINE)
		return fd;
	was = c->join_why;
	c->join_why = bg_printf("%s; by calls, because inlined %s", was, *ret_why);
	return fd;
}

/* --- pieces, where one program is not enough */

struct pieces {
	struct bg_chain *c;
	struct bg_fuse_chain fc;
	const struct load *l;
	enum bg_fuse_carrier first_in;
	bool by_member; /* the spec wants a program for each member */
	int root;	/* file descriptor of the first one */
	char **ret_why;
};

/* Whether some member's rule jumps to this one: a piece must begin there, because only beginnings can be jumped to. */
static bool is_target(const struct bg_fuse_chain *fc, size_t part)
{
	for (size_t i = 0; i < fc->n; i++)
		if (fc->parts[i].otherwise == part)
			return true;
	return false;
}

/* [from, to) as one piece, or halved until it fits. */
static int join_range(struct pieces *p, size_t from, size_t to)
{
	BG_CLEANUP(bg_freep) char *why = NULL;
	struct bg_image img = { 0 };
	enum bg_fuse_how how;
	int fd, err;

	p->fc.from = from;
	p->fc.to = to;
	if (p->c->meta.size) { /* the first piece has nothing yet, or what came from xdp */
		p->fc.meta_in = from ? bg_chain_carrier(p->c) : p->first_in;
		p->fc.meta_out = bg_chain_carrier(p->c);
	}
	fd = join_one(p->c, &p->fc, p->l, &img, &how, &why);
	if (fd < 0 && to - from > 1) {
		err = join_range(p, from, from + (to - from) / 2);
		return err ? err : join_range(p, from + (to - from) / 2, to);
	}
	if (fd < 0) {
		*p->ret_why = BG_TAKE(why);
		return fd;
	}
	p->c->programs++;
	p->c->instructions += img.insns.n;
	if (from == 0) {
		p->c->image = img;
		p->root = fd;
		return 0;
	}
	err = bpf_map_update_elem(p->fc.array_fd, &(uint32_t){ (uint32_t)from }, &fd, BPF_ANY) ? -errno : 0;
	close(fd);
	bg_vec_push(&p->c->pieces, (struct bg_piece){ from, img });
	return err;
}

static int join_by_tail_calls(struct bg_chain *c, struct bg_generation *g, const struct bg_fuse_chain *fc,
			      const struct load *l, char **ret_why)
{
	struct pieces p = { .c = c,
			    .fc = *fc,
			    .l = l,
			    .by_member = c->what->join == BG_JOIN_TAILCALL,
			    .root = -1,
			    .ret_why = ret_why,
			    .first_in = fc->meta_in };
	int err = 0;

	g->jump_fd = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "chain", sizeof(uint32_t), sizeof(uint32_t),
				    (uint32_t)fc->n, NULL);
	if (g->jump_fd < 0)
		return -errno;
	p.fc.array_fd = g->jump_fd;
	c->instructions = c->programs = 0;
	for (size_t from = 0, to; from < fc->n && !err; from = to) {
		for (to = from + 1; to < fc->n && !p.by_member && !is_target(fc, to); to++)
			;
		err = join_range(&p, from, to);
	}
	c->join_how = "tail calls";
	if (!err && c->programs > MAX_TAIL_CALLS + 1) {
		*ret_why = bg_printf(
			"a chain of %zu programs needs more tail calls than the kernel makes for a packet, %d",
			c->programs, MAX_TAIL_CALLS);
		err = -E2BIG;
	}
	if (err)
		bg_closep(&p.root);
	return err ? err : p.root;
}

/* What is the same for the chain and each piece of it; parts has room for all members. */
static int chain_of(const struct bg_chain *c, const struct load *l, struct bg_fuse_part *parts, int32_t *final,
		    struct bg_fuse_chain *ret, char **ret_why)
{
	*final = bg_chain_final(c);
	*ret = (struct bg_fuse_chain){ .name = l->name,
				       .parts = parts,
				       .n = c->members.n,
				       .final = c->what->final == BG_FINAL_LAST ? NULL : final,
				       .meta_size = c->meta.size,
				       .meta_magic = c->meta.magic,
				       .xdp = strcmp(c->hook->family, "xdp") == 0,
				       .lost = bg_chain_lost(c) };
	if (c->meta.size && c->before)
		ret->meta_in = BG_CARRY_DATA_META;
	if (c->meta.size && c->behind) {
		ret->meta_out = BG_CARRY_DATA_META;
		ret->out_at_end = true;
	}
	return parts_of(c, l, parts, ret_why);
}

/* The counters of 'stats: true': all members' in one value, a number for each verdict. */
static int make_counts(const struct bg_chain *c, struct bg_generation *g, struct bg_fuse_chain *fc)
{
	uint32_t size = (uint32_t)(c->members.n * BG_FUSE_COUNTS * sizeof(uint64_t));
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	if (!c->what->stats)
		return 0;
	g->counts_fd = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, BG_CHAIN_COUNTS, sizeof(uint32_t), size, 1, NULL);
	if (g->counts_fd < 0 || bpf_obj_get_info_by_fd(g->counts_fd, &info, &len))
		return -errno;
	g->counts_id = info.id;
	for (size_t i = 0; i < c->members.n; i++)
		bg_strv_add(&g->counted, c->members.v[i].spec->run);
	fc->counted = true;
	fc->counts_fd = g->counts_fd;
	return 0;
}

static int join(struct bg_chain *c, struct bg_generation *g, const struct load *l, char **ret_why)
{
	BG_CLEANUP(bg_freep) struct bg_fuse_part *parts = bg_alloc(c->members.n * sizeof(*parts));
	BG_CLEANUP(bg_freep) char *one = NULL;
	struct bg_fuse_chain fc;
	int32_t final;
	int fd = chain_of(c, l, parts, &final, &fc, ret_why);

	if (fd)
		return fd;
	fd = make_counts(c, g, &fc);
	if (fd) {
		*ret_why = bg_strdup("the map for its counters cannot be made");
		return fd;
	}
	if (c->join == BG_JOIN_FUSED) {
		fd = join_fused(c, &fc, l, &one);
		if (fd >= 0 || c->what->join == BG_JOIN_FUSED ||
		    (c->meta.size && !bg_meta_fits(&c->meta, bg_chain_carrier(c)))) {
			*ret_why = BG_TAKE(one);
			return fd;
		}
		free(c->join_why);
		c->join_why = bg_printf("they do not fit one program: %s", one);
	}
	if (c->backend->loads) {
		*ret_why = bg_printf("%s%sby tail calls %s cannot attach it: the kernel does not load its first "
				     "program as an extension of "
				     "the dispatcher (tried on Linux 6.1)",
				     one ? one : "", one ? "; " : "", c->backend->name);
		return -EOPNOTSUPP;
	}
	fd = join_by_tail_calls(c, g, &fc, l, ret_why);
	if (fd >= 0)
		c->join = BG_JOIN_TAILCALL;
	return fd;
}

static char *all_names(const struct bg_generation *g)
{
	struct bg_str s = { 0 };

	for (size_t i = 0; i < g->parts.n; i++)
		bg_str_addf(&s, "%s%s", i ? "+" : "", g->parts.v[i].run);
	return s.s;
}

/* One part for all members; the program of each is not needed any more. */
static int replace_parts(const struct bg_chain *c, struct bg_generation *g, const char *name, int fd)
{
	BG_CLEANUP(bg_freep) char *run = all_names(g);
	struct bg_part *p;
	int err;

	bg_generation_clear(g);
	p = bg_generation_add(g, run, name);
	p->prog_fd = fd;
	p->continue_on = bg_chain_pass_bit(c);
	p->image = &c->image;
	err = bg_part_describe(p);
	if (!err && c->backend->loads) { /* its own copy runs */
		bg_closep(&p->prog_fd);
		p->prog_id = 0;
	}
	return err;
}

/* How the members' programs are loaded, as one or each. l owns its strings. */
static void load_start(const struct bg_chain *c, struct load *l)
{
	*l = (struct load){ .name = bg_identifier(c->what->name),
			    .log_path = bg_printf("%s/%s.verifier.log", c->job->dir, c->what->name),
			    .log = bg_alloc(LOG_SIZE),
			    .type = bpf_program__type(c->members.v[0].prog),
			    .attach = bpf_program__expected_attach_type(c->members.v[0].prog) };
}

static int load_start_one(const struct bg_chain *c, struct load *l, char **ret_why)
{
	load_start(c, l);
	return same_licence(c, &l->licence, ret_why);
}

static void load_done(struct load *l)
{
	free(l->name);
	free(l->log_path);
	free(l->log);
}

int bg_chain_fuse_before(const struct bg_chain *c, int next_fd, struct bg_image *ret, char **ret_why)
{
	BG_CLEANUP(bg_freep) struct bg_fuse_part *parts = bg_alloc(c->members.n * sizeof(*parts));
	BG_CLEANUP(load_done) struct load l;
	int32_t final, pass[2];
	enum bg_fuse_how how;
	struct bg_fuse_chain fc;
	int fd = load_start_one(c, &l, ret_why);

	if (!fd)
		fd = chain_of(c, &l, parts, &final, &fc, ret_why);
	if (fd)
		return fd;
	fc.pass = pass;
	fc.n_pass = bg_chain_passes(c, pass);
	fc.next_fd = next_fd;
	fd = join_one(c, &fc, &l, ret, &how, ret_why);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

enum bg_exit bg_chain_fuse(struct bg_chain *c, struct bg_generation *g, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *why = NULL;
	BG_CLEANUP(load_done) struct load l;
	int fd, err = load_start_one(c, &l, &why);

	fd = err ? err : join(c, g, &l, &why);
	if (fd >= 0)
		return replace_parts(c, g, l.name, fd) ? BG_EXIT_BUG : BG_EXIT_OK;
	bg_closep(&g->jump_fd);
	g->jump_fd = -1;
	if (c->what->join == BG_JOIN_AUTO && c->separable) {
		free(c->join_why);
		bg_chain_drop_images(c);
		c->join = BG_JOIN_SEPARATE;
		c->join_how = NULL;
		c->join_why = bg_printf("they cannot be one program: %s", why ? why : "the kernel does not say why");
		return BG_EXIT_OK;
	}
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_FUSE, c->what->at, "the members of '%s' cannot be one program: %s",
		c->what->name, why ? why : "the kernel does not say why");
	return fd == -EPERM ? BG_EXIT_ENV : BG_EXIT_NO;
}

/* One member as a program of its own, which counts and passes metadata on: a file descriptor, or -errno with *ret_why.
 */
static int rebuild_one(struct bg_chain *c, const struct bg_fuse_chain *all, size_t member, const struct load *l,
		       char **ret_why)
{
	struct load mine = *l;
	struct bg_fuse_part part = all->parts[member];
	struct bg_fuse_chain fc = *all;
	struct bg_image img = { 0 };
	enum bg_fuse_how how;
	int fd = licence_of(c, member, &mine.licence, ret_why);

	if (fd)
		return fd;
	mine.name = c->members.v[member].program;
	part.otherwise = BG_FUSE_STOP;
	fc.name = mine.name;
	fc.parts = &part;
	fc.n = 1;
	fc.first_counted = member;
	if (c->meta.size && member)
		fc.meta_in = bg_chain_carrier(c);
	if (c->meta.size && member + 1 < c->members.n) { /* behind the last one there is nobody, or who is in 'all' */
		fc.meta_out = bg_chain_carrier(c);
		fc.out_at_end = true;
	}
	fd = join_one(c, &fc, &mine, &img, &how, ret_why);
	if (fd < 0)
		return fd;
	for (size_t i = 0; i < img.origins.n; i++)
		if (img.origins.v[i].part != BG_NO_PART)
			img.origins.v[i].part = (uint32_t)member;
	bg_vec_push(&c->pieces, (struct bg_piece){ member, img });
	return fd;
}

/* What libxdp is to load in the members' stead; these have only shown that they load. */
static void hand_over_rebuilt(const struct bg_chain *c, struct bg_generation *g)
{
	for (size_t i = 0; i < c->pieces.n; i++) {
		g->parts.v[i].image = &c->pieces.v[i].image;
		bg_closep(&g->parts.v[i].prog_fd);
		g->parts.v[i].prog_id = 0;
	}
}

enum bg_exit bg_chain_rebuild(struct bg_chain *c, struct bg_generation *g, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) struct bg_fuse_part *parts = bg_alloc(c->members.n * sizeof(*parts));
	BG_CLEANUP(bg_freep) char *why = NULL;
	BG_CLEANUP(load_done) struct load l = { 0 };
	struct bg_fuse_chain fc = { 0 };
	int32_t final;
	int err = 0;

	bg_closep(&g->counts_fd);
	bg_strv_done(&g->counted);
	load_start(c, &l);
	err = chain_of(c, &l, parts, &final, &fc, &why);
	err = err ? err : make_counts(c, g, &fc);
	for (size_t i = 0; i < c->members.n && !err; i++) {
		BG_CLEANUP(bg_freep) char *of_one = NULL; /* why a member that loads is not inlined is told as well */
		struct bg_part *p = &g->parts.v[i];
		int fd = rebuild_one(c, &fc, i, &l, &of_one);

		if (fd < 0) {
			err = fd;
			why = BG_TAKE(of_one);
			break;
		}
		bg_closep(&p->prog_fd);
		p->prog_fd = fd;
		err = bg_part_describe(p);
	}
	if (!err && c->backend->loads)
		hand_over_rebuilt(c, g);
	if (!err)
		return BG_EXIT_OK;
	bg_diag(ds, BG_ERROR, c->meta.size ? BG_ID_COMPOSE_CARRY : BG_ID_COMPOSE_STATS, c->what->at,
		"the members of '%s' cannot be made to %s: %s", c->what->name,
		c->meta.size ? "pass metadata on" : "count", why ? why : "the kernel does not say why");
	return err == -EPERM ? BG_EXIT_ENV : BG_EXIT_NO;
}
