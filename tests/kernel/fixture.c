// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "fixture.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/tcx_abi.h"
#include "core/compile.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"
#include "core/proc.h"

static int skip(const char *why)
{
	printf("SKIP: %s: %s\n", why, strerror(errno));
	return 77;
}

char *run_tool(const char *const *argv)
{
	struct bg_proc p = { .argv = argv, .timeout_ms = 20000 };
	struct bg_proc_result r = { 0 };
	char *out = NULL;

	if (bg_proc_run(&p, &r) == 0 && r.status == 0)
		out = bg_strdup(r.out.s ? r.out.s : "");
	else
		fprintf(stderr, "%s %s failed: %s\n", argv[0], argv[1], r.err.s ? r.err.s : "?");
	bg_proc_result_done(&r);
	return out;
}

static bool tool(const char *const *argv)
{
	char *out = run_tool(argv);

	free(out);
	return out;
}

static bool make_network(void)
{
	static const char *const steps[][16] = {
		{ "ip", "netns", "add", "blue", NULL },
		{ "ip", "-n", "blue", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1", NULL },
		{ "ip", "-n", "blue", "link", "set", "veth0", "up", NULL },
		{ "ip", "-n", "blue", "link", "set", "veth1", "up", NULL },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(steps); i++)
		if (!tool(steps[i]))
			return false;
	return true;
}

int fixture_start(struct fixture *f)
{
	struct bg_tmpdir t = { 0 };

	memset(f, 0, sizeof(*f));
	bg_log_setup(BG_LOG_INFO, false);
	setvbuf(stdout, NULL, _IONBF, 0);
	if (bg_load_allowed(NULL)) {
		errno = EPERM;
		return skip("loading BPF programs");
	}
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0)
		return skip("namespaces of one's own");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return skip("private mounts");
	if (bg_mkdirs("/run/netns") || mount("tmpfs", "/run/netns", "tmpfs", 0, NULL) < 0)
		return skip("a /run/netns of one's own");
	if (bg_tmpdir_make(&t))
		return skip("a folder for temporary files");
	f->dir = t.path;
	f->bpffs = bg_join(f->dir, "bpf");
	f->programs = bg_strdup(TEST_PROGRAMS);
	if (mkdir(f->bpffs, 0700) < 0 || mount("bpf", f->bpffs, "bpf", 0, NULL) < 0)
		return skip("a BPF file system of one's own");
	/* iproute2 makes folders on the usual one when it loads programs: let it do that on one that goes with this
	 * process */
	if (mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) < 0)
		return skip("a /sys/fs/bpf of one's own");
	setenv("BPFGRAFT_BPFFS", f->bpffs, 1);
	setenv("LIBXDP_BPFFS", f->bpffs, 1);
	if (!make_network()) {
		errno = EOPNOTSUPP;
		return skip("veth interfaces");
	}
	return 0;
}

void fixture_stop(struct fixture *f)
{
	umount2(f->bpffs, MNT_DETACH);
	umount2("/run/netns", MNT_DETACH);
	bg_remove_tree(f->dir);
	free(f->dir);
	free(f->bpffs);
	free(f->programs);
}

/* %P = programs, %B = the BPF file system */
static char *expand(const struct fixture *f, const char *text)
{
	struct bg_str s = { 0 };

	for (; *text; text++) {
		if (text[0] == '%' && (text[1] == 'P' || text[1] == 'B'))
			bg_str_add(&s, *++text == 'P' ? f->programs : f->bpffs);
		else
			bg_str_addc(&s, *text);
	}
	return bg_str_take(&s);
}

enum bg_exit compose(struct fixture *f, enum call what, const char *text, json_t **ret_json, json_t **ret_diags)
{
	BG_CLEANUP(bg_freep)
	char *spec_text = expand(f, text), *path = bg_join(f->dir, "spec.yaml"), *out = bg_join(f->dir, "out");
	struct bg_diags *ds = bg_diags_new();
	struct bg_spec *spec = NULL;
	json_t *doc = NULL;
	enum bg_exit rc = BG_EXIT_USAGE;

	if (bg_spec_parse(path, spec_text, strlen(spec_text), ds, &spec) == 0) {
		struct bg_compose_job job = { .spec = spec, .what = &spec->composes.v[f->nth], .dir = out,
					      .only_changed = what == CALL_RELOAD,
					      .object = what == CALL_PLAN,
					      .emit = what == CALL_PLAN ? f->emit : 0 };

		rc = what == CALL_PLAN ? bg_compose_plan(&job, ds, &doc) : bg_compose_apply(&job, ds, &doc);
	}
	if (getenv("BG_TEST_VERBOSE"))
		bg_diags_flush(ds, stderr, false, BG_NOTE);
	if (ret_diags)
		*ret_diags = bg_diags_json(ds);
	if (ret_json)
		*ret_json = doc;
	else
		json_decref(doc);
	bg_spec_freep(&spec);
	bg_diags_free(ds);
	return rc;
}

enum bg_exit apply_parts(struct fixture *f, const char *text, json_t **ret_diags)
{
	BG_CLEANUP(bg_freep)
	char *spec_text = expand(f, text), *path = bg_join(f->dir, "spec.yaml"), *out = bg_join(f->dir, "out");
	struct bg_diags *ds = bg_diags_new();
	struct bg_compose_job jobs[4] = { 0 };
	json_t *states[4] = { 0 };
	struct bg_spec *spec = NULL;
	enum bg_exit rc = BG_EXIT_USAGE;

	if (bg_spec_parse(path, spec_text, strlen(spec_text), ds, &spec) == 0 && spec->composes.n <= 4) {
		for (size_t i = 0; i < spec->composes.n; i++)
			jobs[i] = (struct bg_compose_job){ .spec = spec, .what = &spec->composes.v[i], .dir = out };
		rc = bg_compose_apply_parts(jobs, spec->composes.n, ds, states);
	}
	if (getenv("BG_TEST_VERBOSE"))
		bg_diags_flush(ds, stderr, false, BG_NOTE);
	if (ret_diags)
		*ret_diags = bg_diags_json(ds);
	for (size_t i = 0; i < 4; i++)
		json_decref(states[i]);
	bg_spec_freep(&spec);
	bg_diags_free(ds);
	return rc;
}

enum bg_exit detach(const char *name)
{
	struct bg_diags *ds = bg_diags_new();
	json_t *doc = NULL;
	enum bg_exit rc = bg_compose_detach(name, NULL, NULL, ds, &doc);

	if (getenv("BG_TEST_VERBOSE"))
		bg_diags_flush(ds, stderr, false, BG_NOTE);
	json_decref(doc);
	bg_diags_free(ds);
	return rc;
}

size_t repair(void)
{
	struct bg_diags *ds = bg_diags_new();
	json_t *repaired = NULL;
	enum bg_exit rc = bg_compose_repair(ds, &repaired);
	size_t n = rc == BG_EXIT_OK ? json_array_size(repaired) : SIZE_MAX;

	json_decref(repaired);
	bg_diags_free(ds);
	return n;
}

json_t *status(const char *interface)
{
	struct bg_diags *ds = bg_diags_new();
	json_t *rows = NULL;

	if (bg_compose_status(interface, interface ? "blue" : NULL, ds, &rows) != BG_EXIT_OK)
		bg_diags_flush(ds, stderr, false, BG_NOTE);
	bg_diags_free(ds);
	return rows;
}

json_t *counted_rows(void)
{
	struct bg_diags *ds = bg_diags_new();
	json_t *rows = status("veth0");

	if (bg_compose_stats(rows, 1, ds))
		bg_diags_flush(ds, stderr, false, BG_NOTE);
	bg_diags_free(ds);
	return rows;
}

json_int_t packets_of(const json_t *rows, const char *member, const char *verdict)
{
	json_int_t packets = -1;
	const json_t *row, *one;
	size_t i, k;

	json_array_foreach (rows, i, row)
		json_array_foreach (json_object_get(row, "counted"), k, one) {
			if (strcmp(json_string_value(json_object_get(one, "member")), member) != 0)
				continue;
			if (packets >= 0)
				return -1;
			packets = json_integer_value(verdict ? json_object_get(json_object_get(one, "verdicts"), verdict)
							     : json_object_get(one, "packets"));
		}
	return packets;
}

bool has_diag(const json_t *diags, unsigned id, const char *severity)
{
	BG_CLEANUP(bg_freep) char *name = bg_printf("BG%04u", id);
	json_t *d;
	size_t i;

	json_array_foreach (diags, i, d) {
		const char *text = json_string_value(json_object_get(d, "id"));
		bool same = text ? strcmp(text, name) == 0 : json_integer_value(json_object_get(d, "id")) == id;

		if (same && bg_streq(json_string_value(json_object_get(d, "severity")), severity))
			return true;
	}
	return false;
}

static void list_pins(const char *dir, struct bg_str *to)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		BG_CLEANUP(bg_freep) char *path = bg_join(dir, list[i]->d_name);

		if (list[i]->d_name[0] != '.') {
			bg_str_addf(to, "%s\n", path);
			if (bg_is_dir(path))
				list_pins(path, to);
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

char *snapshot(struct fixture *f)
{
	static const char *const tools[][10] = {
		{ "tc", "-n", "blue", "qdisc", "show", "dev", "veth0", NULL },
		{ "tc", "-n", "blue", "filter", "show", "dev", "veth0", "ingress", NULL },
	};
	struct bg_str s = { 0 };
	json_t *rows = status("veth0");
	char *text = rows ? json_dumps(rows, JSON_INDENT(1)) : NULL;

	bg_str_addf(&s, "%s\n", text ? text : "status failed");
	free(text);
	json_decref(rows);
	list_pins(f->bpffs, &s);
	for (size_t i = 0; i < BG_ARRAY_SIZE(tools); i++) {
		char *out = run_tool(tools[i]);

		bg_str_add(&s, out ? out : "tool failed\n");
		free(out);
	}
	return bg_str_take(&s);
}

int enter_netns(const char *name)
{
	BG_CLEANUP(bg_freep) char *path = bg_join("/run/netns", name);
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd = open(path, O_RDONLY | O_CLOEXEC);

	if (home < 0 || fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		return -1;
	close(fd);
	return home;
}

void leave_netns(int home)
{
	if (setns(home, CLONE_NEWNET) < 0)
		abort();
	close(home);
}

size_t send_frames(size_t n)
{
	unsigned char frame[60] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, TEST_ETHERTYPE >> 8, TEST_ETHERTYPE & 0xff
	};
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = 6 };
	int home = enter_netns("blue"), fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	size_t sent = 0;

	to.sll_ifindex = (int)if_nametoindex("veth1");
	memset(to.sll_addr, 0xff, 6);
	for (size_t i = 0; i < n && home >= 0 && fd >= 0; i++)
		sent += sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)) == sizeof(frame);
	if (fd >= 0)
		close(fd);
	if (home >= 0)
		leave_netns(home);
	return sent;
}

static uint64_t value_of(int fd)
{
	uint64_t value = UINT64_MAX;
	uint32_t zero = 0;

	if (fd >= 0 && bpf_map_lookup_elem(fd, &zero, &value))
		value = UINT64_MAX;
	return value;
}

uint64_t pinned_value(const char *path)
{
	BG_CLEANUP(bg_closep) int fd = bpf_obj_get(path);

	return value_of(fd);
}

int program_map(uint32_t prog_id, const char *map)
{
	BG_CLEANUP(bg_closep) int prog = bpf_prog_get_fd_by_id(prog_id);
	uint32_t ids[16] = { 0 };
	struct bpf_prog_info info = { .nr_map_ids = BG_ARRAY_SIZE(ids), .map_ids = (uintptr_t)ids };
	uint32_t len = sizeof(info);

	if (prog < 0 || bpf_obj_get_info_by_fd(prog, &info, &len))
		return -1;
	for (uint32_t i = 0; i < info.nr_map_ids && i < BG_ARRAY_SIZE(ids); i++) {
		int fd = bpf_map_get_fd_by_id(ids[i]);
		struct bpf_map_info m = { 0 };

		len = sizeof(m);
		if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &m, &len) == 0 && strcmp(m.name, map) == 0)
			return fd;
		bg_closep(&fd);
	}
	return -1;
}

uint64_t program_value(uint32_t prog_id, const char *map)
{
	BG_CLEANUP(bg_closep) int fd = program_map(prog_id, map);

	return value_of(fd);
}

uint32_t row_id(const json_t *rows, size_t i)
{
	return (uint32_t)json_integer_value(json_object_get(json_array_get(rows, i), "id"));
}

const char *row_text(const json_t *rows, size_t i, const char *key)
{
	const char *s = json_string_value(json_object_get(json_array_get(rows, i), key));

	return s ? s : "(null)";
}

char *build_program(struct fixture *f, const char *name)
{
	BG_CLEANUP(bg_freep) char *source = bg_printf("%s/%s.bpf.c", f->programs, name), *made = NULL;
	const char *objects = getenv("BPFGRAFT_TEST_OBJECTS");
	char *object = bg_printf("%s/%s.bpf.o", f->dir, name);
	struct bg_diags *ds = bg_diags_new();
	struct bg_strv flags = { 0 };
	int err;

	if (objects) { /* the virtual machine has no compiler */
		made = bg_printf("%s/%s.bpf.o", objects, name);
		err = bg_copy_file(made, object);
		if (err)
			fprintf(stderr, "cannot copy '%s': %s\n", made, strerror(-err));
	} else {
		BG_CLEANUP(bg_freep) char *rules = bg_rules_dir(), *include = rules ? bg_printf("-I%s/include", rules) : NULL;

		if (include) /* bpfgraft/meta.h */
			bg_strv_add(&flags, include);
		if (bg_compile(source, NULL, &flags, object, BG_ID_INTERNAL, ds))
			bg_diags_flush(ds, stderr, false, BG_NOTE);
		bg_strv_done(&flags);
	}
	bg_diags_free(ds);
	return object;
}

int foreign_attach(struct fixture *f, struct foreign *x, const char *object)
{
	int home = enter_netns("blue");
	struct bg_diags *ds = bg_diags_new();
	struct bg_load_opts o = { .hook = bg_hook_by_name("tc-ingress", ds) };
	struct bpf_program *prog = NULL;
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	(void)f;
	*x = (struct foreign){ .link_fd = -1 };
	if (home >= 0 && bg_load(object, NULL, &o, ds, &x->obj, &prog) == 0) {
		x->link_fd = bpf_link_create(bpf_program__fd(prog), (int)if_nametoindex("veth0"), BG_TCX_INGRESS, NULL);
		if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len) == 0)
			x->prog_id = info.id;
	}
	bg_diags_flush(ds, stderr, false, BG_NOTE);
	bg_diags_free(ds);
	if (home >= 0)
		leave_netns(home);
	return x->link_fd >= 0 ? 0 : -1;
}

uint64_t foreign_count(const struct foreign *x)
{
	return value_of(bpf_object__find_map_fd_by_name(x->obj, "seen"));
}

void foreign_detach(struct foreign *x)
{
	if (x->link_fd >= 0)
		close(x->link_fd);
	bg_object_closep(&x->obj);
	x->link_fd = -1;
}

uint32_t run_frame(int fd, struct frame *f)
{
	struct frame out = { .size = 0 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = f->bytes, .data_size_in = f->size, .data_out = out.bytes,
		    .data_size_out = sizeof(out.bytes), .repeat = 1);

	if (bpf_prog_test_run_opts(fd, &o))
		return UINT32_MAX;
	out.size = o.data_size_out;
	*f = out;
	return o.retval;
}

struct bpf_object *load_chain(struct fixture *f, const char *text)
{
	BG_CLEANUP(bg_freep) char *path = bg_printf("%s/out/edge.bpf.o", f->dir);
	struct bpf_object *obj;

	unlink(path);
	if (compose(f, CALL_PLAN, text, NULL, NULL) != BG_EXIT_OK)
		return NULL;
	obj = bpf_object__open_file(path, NULL);
	if (obj && bpf_object__load(obj)) {
		bpf_object__close(obj);
		return NULL;
	}
	return obj;
}
