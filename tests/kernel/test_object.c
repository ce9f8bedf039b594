// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A chain as a file: loaded by libbpf alone it does to packets what the applied chain does, with maps, types and lines.
 * What it cannot hold is said.
 */
#include "harness.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include "chains.h"
#include "compose/diag_ids.h"
#include "core/fs.h"

#define XDP                                                                                                            \
	"bpfgraft: 1\ncompose:\n  - name: edge\n    interface: veth0\n    netns: blue\n    hook: xdp\n    exclusive: " \
	"true\n"
#define PART(name, program, more) "      - {run: " name ", source: \"%P/fuse.bpf.c\", program: " program more "}\n"
/* Members of one source, so that everything in them is called the same. */
#define PARTS                                                                                                          \
	"    chain:\n" PART("a", "plain", ", continue_on: [0, 1, 2], globals: {modulus: 7}")                           \
		PART("b", "sub", ", continue_on: [0, 2, 3]") PART("c", "loop", ", otherwise: {skip_to: e}")            \
			PART("d", "with_global", ", continue_on: [1, 2, 3]")                                           \
				PART("e", "head", ", continue_on: [pass, tx]") PART("f", "exits", "")
#define PACKETS 400

static struct fixture fix;

static uint32_t next_random(void)
{
	static uint64_t state = 0x2545f4914f6cdd1d;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

static char *object_path(void)
{
	return bg_printf("%s/out/edge.bpf.o", fix.dir);
}

static struct bpf_object *load(const char *text)
{
	struct bpf_object *obj = load_chain(&fix, text);

	CU_ASSERT_PTR_NOT_NULL_FATAL(obj);
	return obj;
}

static uint64_t value_in(const struct bpf_object *obj, const char *map, uint32_t key)
{
	uint64_t v = UINT64_MAX;
	int fd = bpf_object__find_map_fd_by_name(obj, map);

	CU_ASSERT(fd >= 0);
	CU_ASSERT_EQUAL(bpf_map_lookup_elem(fd, &key, &v), 0);
	return v;
}

/* As joined so: the file against what is attached. */
static void as_applied(const char *join)
{
	BG_CLEANUP(bg_freep) char *text = bg_printf("%s    join: %s\n%s", XDP, join, PARTS);
	struct bpf_object *obj = load(text);
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, "edge");
	uint32_t id, verdict;
	json_t *rows;
	int fd;

	CU_ASSERT_PTR_NOT_NULL_FATAL(prog);
	applies(text, NULL);
	rows = status("veth0");
	id = row_id(rows, 0);
	fd = bpf_prog_get_fd_by_id(id);
	CU_ASSERT_FATAL(fd >= 0);
	for (size_t i = 0; i < PACKETS; i++) {
		struct frame a = { .size = 14 + next_random() % 60 }, b;

		for (size_t k = 0; k < a.size; k++)
			a.bytes[k] = (uint8_t)next_random();
		b = a;
		verdict = run_frame(bpf_program__fd(prog), &a);
		CU_ASSERT_FATAL(verdict < UINT32_MAX);
		CU_ASSERT_EQUAL(verdict, run_frame(fd, &b));
		CU_ASSERT_EQUAL_FATAL(a.size, b.size);
		CU_ASSERT_EQUAL(memcmp(a.bytes, b.bytes, a.size), 0);
	}
	if (strcmp(join, "fused") == 0) { /* in one program its maps can be found */
		CU_ASSERT_EQUAL(value_in(obj, "n_plain", 0), PACKETS);
		CU_ASSERT(value_in(obj, "n_exits", 0) > 0);
		CU_ASSERT_EQUAL(value_in(obj, "n_exits", 0), program_value(id, "n_exits"));
		CU_ASSERT_EQUAL(value_in(obj, "n_sub", 0), program_value(id, "n_sub"));
	}
	close(fd);
	json_decref(rows);
	bpf_object__close(obj);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
}

static void a_file_does_what_the_chain_does(void)
{
	as_applied("fused");
	as_applied("tailcall");
}

/* Names, lines and types are there for who looks at the loaded program. */
static void it_can_be_looked_at(void)
{
	struct bpf_object *obj = load(XDP "    join: fused\n" PARTS);
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	struct btf *btf;

	CU_ASSERT_EQUAL(
		bpf_obj_get_info_by_fd(bpf_program__fd(bpf_object__find_program_by_name(obj, "edge")), &info, &len), 0);
	CU_ASSERT_STRING_EQUAL(info.name, "edge");
	CU_ASSERT(info.gpl_compatible);
	CU_ASSERT_EQUAL(info.nr_func_info, 5); /* the chain; thrice and twice, add, global */
	CU_ASSERT(info.nr_line_info > 50);
	btf = btf__load_from_kernel_by_id(info.btf_id);
	CU_ASSERT_PTR_NOT_NULL_FATAL(btf);
	CU_ASSERT(btf__find_by_name_kind(btf, "edge", BTF_KIND_FUNC) > 0);
	CU_ASSERT(btf__find_by_name_kind(btf, "thrice", BTF_KIND_FUNC) > 0);
	CU_ASSERT(btf__find_by_name_kind(btf, "plain", BTF_KIND_FUNC) < 0); /* became a part of 'edge' */
	btf__free(btf);
	/* what one member has keeps its name, what several have is told apart */
	CU_ASSERT_PTR_NOT_NULL(bpf_object__find_map_by_name(obj, "n_loop"));
	CU_ASSERT_PTR_NULL(bpf_object__find_map_by_name(obj, "n_stack"));
	CU_ASSERT_PTR_NOT_NULL(bpf_object__find_map_by_name(obj, ".rodata.a"));
	CU_ASSERT(btf__find_by_name_kind(bpf_object__btf(obj), "a_modulus", BTF_KIND_VAR) > 0);
	CU_ASSERT(btf__find_by_name_kind(bpf_object__btf(obj), "sum", BTF_KIND_VAR) > 0);
	bpf_object__close(obj);
}

static void the_same_spec_gives_the_same_bytes(void)
{
	BG_CLEANUP(bg_freep) char *path = object_path();
	struct bg_str one = { 0 }, two = { 0 };

	bpf_object__close(load(XDP "    join: tailcall\n" PARTS));
	CU_ASSERT_EQUAL(bg_read_file(path, 0, &one), 0);
	bpf_object__close(load(XDP "    join: tailcall\n" PARTS));
	CU_ASSERT_EQUAL(bg_read_file(path, 0, &two), 0);
	CU_ASSERT_EQUAL_FATAL(one.n, two.n);
	CU_ASSERT_EQUAL(memcmp(one.s, two.s, one.n), 0);
	bg_str_done(&one);
	bg_str_done(&two);
}

#define EVERYTHING(name, step)                                                                                         \
	"      - {run: " name ", source: \"%P/object.bpf.c\", globals: {step: " step ", bare: 100}}\n"

/* CO-RE, kernel configuration, functions and symbols are the loader's to find; maps in maps and variables go along. */
static void what_the_loader_finds(void)
{
	static const char *const joins[] = { "fused", "tailcall" };

	for (size_t i = 0; i < BG_ARRAY_SIZE(joins); i++) {
		BG_CLEANUP(bg_freep)
		char *text = bg_printf("%s    join: %s\n    chain:\n%s", XDP, joins[i],
				       EVERYTHING("a", "1") EVERYTHING("b", "2"));
		struct bpf_object *obj = load(text);
		struct frame f = { .size = 60 };
		uint64_t version;

		CU_ASSERT_EQUAL(run_frame(bpf_program__fd(bpf_object__find_program_by_name(obj, "edge")), &f), 2);
		for (char who = 'a'; who <= 'b'; who++) {
			BG_CLEANUP(bg_freep)
			char *found = bg_printf("%c_found", who), *right = bg_printf("%c_right", who);
			uint64_t step = who == 'a' ? 1 : 2;

			CU_ASSERT_EQUAL(value_in(obj, found, 0), (uint64_t)getpid());
			version = value_in(obj, found, 1);
			CU_ASSERT(version >= 5 << 16 && version < 100 << 16);
			CU_ASSERT_EQUAL(value_in(obj, found, 2), 1);
			CU_ASSERT_EQUAL(value_in(obj, found, 3), 100 + step);
			CU_ASSERT_EQUAL(value_in(obj, found, 4), 7 + step);
			CU_ASSERT_EQUAL(value_in(obj, found, 5), 20 + step);
			CU_ASSERT_EQUAL(value_in(obj, right, 1), step);
		}
		bpf_object__close(obj);
	}
}

/* Separate members are programs of one object, each called as its member. */
static void separate_members_are_programs(void)
{
	struct bpf_object *obj = load(CHAIN STEP("one", "1", "-1") "}\n" STEP("two-b", "2", "2") "}\n");
	struct bpf_program *two = bpf_object__find_program_by_name(obj, "two_b");
	struct frame f = { .bytes = { [12] = 0x88, [13] = 0xb5 }, .size = 60 };

	CU_ASSERT_PTR_NOT_NULL(bpf_object__find_program_by_name(obj, "one"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(two);
	CU_ASSERT_EQUAL(run_frame(bpf_program__fd(two), &f), 2);
	CU_ASSERT_EQUAL(value_in(obj, "two_b_trail", 0), 2);
	CU_ASSERT_EQUAL(value_in(obj, "one_trail", 0), 0);
	bpf_object__close(obj);
}

/* A shared map is one. */
static void a_shared_map_is_one(void)
{
	struct bpf_object *obj =
		load(FUSED STEP("one", "1", "-1") "}\n" STEP("two", "2", "-1") "}\n    share: {trail: [one, two]}\n");
	struct frame f = { .bytes = { [12] = 0x88, [13] = 0xb5 }, .size = 60 };

	run_frame(bpf_program__fd(bpf_object__find_program_by_name(obj, "edge")), &f);
	CU_ASSERT_EQUAL(value_in(obj, "trail", 0), 12);
	CU_ASSERT_EQUAL(value_in(obj, "two_seen", 0), 1);
	bpf_object__close(obj);
}

static void what_cannot_be_a_file(void)
{
	static const char bare[] = XDP "    join: fused\n    chain:\n      - {run: a, source: \"%P/object.bpf.c\", "
				       "cflags: [-DBARE, -g0]}\n" PART("b", "plain", "");
	static const char named[] = FUSED STEP("one", "1", "-1") "}\n" STEP("edge", "2", "-1") "}\n";
	static const char *const texts[] = { bare, named };
	BG_CLEANUP(bg_freep) char *path = object_path();

	for (size_t i = 0; i < BG_ARRAY_SIZE(texts); i++) {
		json_t *plan = NULL, *diags = NULL;

		unlink(path);
		CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, texts[i], &plan, &diags), BG_EXIT_OK);
		CU_ASSERT(has_diag(diags, BG_ID_COMPOSE_OBJECT, "note"));
		CU_ASSERT(json_is_null(json_object_get(json_object_get(plan, "object"), "file")));
		CU_ASSERT(json_is_string(json_object_get(json_object_get(plan, "object"), "why")));
		json_decref(plan);
		json_decref(diags);
	}
}

/*
 * L3AF's chain: what the members let pass goes to the program that l3afd puts behind them; the members know nothing of
 * it. Inlined, and called, because one of them tail calls.
 */
static void a_chain_of_l3af_goes_on(void)
{
	BG_CLEANUP(bg_freep)
	char *behind = build_program(&fix, "fuse"),
	     *dir = bg_join(fix.dir, "out"), *package = bg_join(dir, "l3af.tar.gz");
	BG_CLEANUP(bg_freep) char *path = bg_join(dir, "l3af/edge.bpf.o");
	struct frame pass = { .bytes = { [20] = 3 }, .size = 60 }, drop = { .size = 18 };
	struct bpf_object *next = bpf_object__open_file(behind, NULL), *obj;
	uint32_t zero = 0;
	int fd, plain;

	fix.emit = BG_EMIT_L3AF;
	CU_ASSERT_EQUAL(
		compose(&fix, CALL_PLAN,
			XDP
			"    join: fused\n    chain:\n      - {run: a, source: \"%P/object.bpf.c\", cflags: [-DBARE]}\n"
			"      - {run: b, source: \"%P/object.bpf.c\", cflags: [-DBARE], continue_on: [drop]}\n",
			NULL, NULL),
		BG_EXIT_OK);
	fix.emit = 0;
	free(run_tool((const char *const[]){ "tar", "-C", dir, "-xzf", package, NULL }));
	obj = bpf_object__open_file(path, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(obj);
	CU_ASSERT_EQUAL_FATAL(bpf_object__load(obj), 0);
	CU_ASSERT_EQUAL_FATAL(bpf_object__load(next), 0);
	fd = bpf_program__fd(bpf_object__find_program_by_name(obj, "edge"));
	CU_ASSERT_EQUAL(run_frame(fd, &pass), 2); /* nobody behind it */
	CU_ASSERT_EQUAL(run_frame(fd, &drop), 1);
	plain = bpf_program__fd(bpf_object__find_program_by_name(next, "plain"));
	CU_ASSERT_EQUAL(
		bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, "next_program"), &zero, &plain, BPF_ANY), 0);
	CU_ASSERT_EQUAL(run_frame(fd, &pass), 3); /* its verdict */
	CU_ASSERT_EQUAL(run_frame(fd, &drop), 1);
	CU_ASSERT_EQUAL(value_in(next, "n_plain", 0), 1);
	bpf_object__close(next);
	bpf_object__close(obj);
}

static void what_is_left_to_the_loader(void)
{
	json_t *plan = NULL, *diags = NULL;

	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN,
				FUSED STEP("one", "1", "-1") ", maps: {trail: {pin: \"%B/trail\", entries: [{key: 0, "
							     "value: 3}]}}}\n" STEP("two", "2", "-1") "}\n",
				&plan, &diags),
			BG_EXIT_OK);
	CU_ASSERT(has_diag(diags, BG_ID_COMPOSE_OBJECT_LACKS, "note"));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(json_object_get(plan, "object"), "lacks")), 2);
	json_decref(plan);
	json_decref(diags);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "a file does what the chain does", a_file_does_what_the_chain_does },
		{ "it can be looked at", it_can_be_looked_at },
		{ "the same spec gives the same bytes", the_same_spec_gives_the_same_bytes },
		{ "what the loader finds", what_the_loader_finds },
		{ "separate members are programs", separate_members_are_programs },
		{ "a shared map is one", a_shared_map_is_one },
		{ "what cannot be a file", what_cannot_be_a_file },
		{ "a chain of L3AF goes on", a_chain_of_l3af_goes_on },
		{ "what is left to the loader", what_is_left_to_the_loader },
	};
	int rc = fixture_start(&fix);

	if (!rc)
		rc = BG_RUN_TESTS("objects", tests);
	fixture_stop(&fix);
	return rc;
}
