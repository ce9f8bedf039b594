// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Programs with legacy maps, which libbpf does not open: converted, they load, run, and count in the maps that they
 * had.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "core/compile.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"
#include "harness.h"
#include "transform/transform.h"

struct made {
	struct bg_tmpdir dir;
	struct bg_diags *ds;
	struct bg_transform_result r;
	struct bpf_object *obj;
	struct bpf_program *prog;
};

/* tests/rules/NAME/in.c, as what libbpf opens, and loaded. */
static struct made convert(const char *name)
{
	BG_CLEANUP(bg_freep) char *source = bg_printf("%s/%s/in.c", BG_TEST_CASES, name), *out = NULL;
	struct made m = { .ds = bg_diags_new() };
	const struct bg_load_opts opts = { .hook = bg_hook_by_name("xdp", m.ds) };

	CU_ASSERT_EQUAL_FATAL(bg_tmpdir_make(&m.dir), 0);
	out = bg_join(m.dir.path, "out.bpf.c");
	CU_ASSERT_EQUAL_FATAL(
		bg_transform_run(
			&(struct bg_transform_job){
				.source = source, .from = opts.hook, .entry = "prog", .out = out, .load = true },
			m.ds, &m.r),
		BG_EXIT_OK);
	CU_ASSERT_TRUE(json_is_true(json_object_get(m.r.report, "loaded")));
	CU_ASSERT_EQUAL_FATAL(bg_load(m.r.object, "prog", &opts, m.ds, &m.obj, &m.prog), 0);
	return m;
}

static void done(struct made *m)
{
	bpf_object__close(m->obj);
	bg_transform_result_done(&m->r);
	bg_diags_free(m->ds);
	bg_tmpdir_done(&m->dir);
}

static void run(const struct made *m)
{
	unsigned char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet), .repeat = 1);

	CU_ASSERT_EQUAL(bpf_prog_test_run_opts(bpf_program__fd(m->prog), &opts), 0);
}

static int map(const struct made *m, const char *name)
{
	return bpf_object__find_map_fd_by_name(m->obj, name);
}

static void original_is_not_opened(void)
{
	BG_CLEANUP(bg_freep) char *source = bg_printf("%s/legacy-10-definition/in.c", BG_TEST_CASES);
	struct bg_tmpdir dir;
	BG_CLEANUP(bg_freep) char *object = NULL;
	struct bg_diags *ds = bg_diags_new();
	struct bg_strv none = { 0 };

	CU_ASSERT_EQUAL_FATAL(bg_tmpdir_make(&dir), 0);
	object = bg_join(dir.path, "in.o");
	CU_ASSERT_EQUAL_FATAL(bg_compile(source, NULL, &none, object, 0, ds), 0);
	bg_log_capture_start();
	CU_ASSERT_PTR_NULL(bpf_object__open_file(object, NULL));
	free(bg_log_capture_take());
	bg_diags_free(ds);
	bg_tmpdir_done(&dir);
}

static void counts(void)
{
	struct made m = convert("legacy-10-definition");
	struct {
		__u32 saddr, daddr;
	} flow = { .saddr = 1 };
	struct {
		__u64 packets, bytes;
	} c = { 0 };
	__u8 mac[6] = { 2 };
	__u64 n = 0;

	run(&m);
	run(&m);
	run(&m);
	CU_ASSERT_EQUAL(bpf_map_lookup_elem(map(&m, "by_use"), &flow, &c), 0);
	CU_ASSERT_EQUAL(c.packets, 2);
	CU_ASSERT_EQUAL(bpf_map_lookup_elem(map(&m, "by_size"), mac, &n), 0);
	CU_ASSERT_EQUAL(n, BPF_MAP_TYPE_ARRAY + 1);
	CU_ASSERT_EQUAL(bpf_map_lookup_elem(map(&m, "with_variable"), &(__u32){ 0 }, &n), 0);
	CU_ASSERT_EQUAL(n, 3);
	done(&m);
}

static void inner_map_is_in_its_slot(void)
{
	struct made m = convert("legacy-11-elf-map");
	__u64 n = 0;

	run(&m);
	run(&m);
	CU_ASSERT_EQUAL(bpf_map_lookup_elem(map(&m, "inner"), &(__u32){ 1 }, &n), 0);
	CU_ASSERT_EQUAL(n, 2);
	done(&m);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "the original is not opened", original_is_not_opened },
		{ "a converted program counts", counts },
		{ "an inner map is in its slot", inner_map_is_in_its_slot },
	};

	if (bg_load_allowed(NULL)) {
		puts("1..0 # SKIP programs may not be loaded here");
		return 77;
	}
	return BG_RUN_TESTS("legacy maps in the kernel", tests);
}
