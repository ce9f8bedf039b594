// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/hook.h"

#include <unistd.h>

#include "core/fs.h"
#include "harness.h"

static const char *by_section(const char *section)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	const struct bg_hook *h = bg_hook_by_section(section, ds);

	CU_ASSERT_EQUAL(bg_diags_count(ds), 0);
	return h ? h->name : "none";
}

/* Broken tables first: the first good one is kept for the process. */
static void test_broken_table(void)
{
	static const char *const tables[] = { "", "# nothing\n", "xdp\t-\txdp\txdp_md\txdp\txdp\txdp\nshort\tline\n" };
	struct bg_tmpdir t = { 0 };
	BG_CLEANUP(bg_freep) char *dir = NULL, *file = NULL;

	CU_ASSERT_EQUAL_FATAL(bg_tmpdir_make(&t), 0);
	setenv("BPFGRAFT_RULES", t.path, 1);
	dir = bg_join(t.path, "data");
	file = bg_join(dir, "hooks.tsv");
	CU_ASSERT_EQUAL(bg_mkdirs(dir), 0);
	for (size_t i = 0; i <= BG_ARRAY_SIZE(tables); i++) {
		BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();

		if (i) /* the first time there is no file at all */
			CU_ASSERT_EQUAL(bg_write_file(file, tables[i - 1], strlen(tables[i - 1])), 0);
		CU_ASSERT_PTR_NULL(bg_hook_by_name("xdp", ds));
		CU_ASSERT_EQUAL_FATAL(bg_diags_count(ds), 1);
		CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->id, BG_ID_DATA);
		CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->line, i == 3 ? 2 : 0);
	}
	unsetenv("BPFGRAFT_RULES");
	bg_tmpdir_done(&t);
}

static void test_names(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();

	CU_ASSERT_STRING_EQUAL(bg_hook_by_name("tc", ds)->name, "tc-ingress");
	CU_ASSERT_STRING_EQUAL(bg_hook_by_name("xdp", ds)->context, "xdp_md");
	CU_ASSERT_STRING_EQUAL(bg_hook_by_name("tc-egress", ds)->prog_type, "sched_cls");
	CU_ASSERT_EQUAL(bg_diags_count(ds), 0);
	CU_ASSERT_PTR_NULL(bg_hook_by_name("xpd", ds));
	CU_ASSERT_EQUAL_FATAL(bg_diags_count(ds), 1);
	CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->id, BG_ID_HOOK_UNKNOWN);
	CU_ASSERT_PTR_NOT_NULL(strstr(bg_diags_get(ds, 0)->message, "tc-ingress, tc-egress"));
}

static void test_sections(void)
{
	CU_ASSERT_STRING_EQUAL(by_section("xdp"), "xdp");
	CU_ASSERT_STRING_EQUAL(by_section("xdp.frags"), "xdp");
	CU_ASSERT_STRING_EQUAL(by_section("xdp/devmap"), "xdp");
	CU_ASSERT_STRING_EQUAL(by_section("xdp_decap"), "xdp");
	CU_ASSERT_STRING_EQUAL(by_section("tc"), "tc-ingress");
	CU_ASSERT_STRING_EQUAL(by_section("tcx/egress"), "tc-egress");
	CU_ASSERT_STRING_EQUAL(by_section("tc/egress"), "tc-egress");
	CU_ASSERT_STRING_EQUAL(by_section("classifier"), "tc-ingress");
	CU_ASSERT_STRING_EQUAL(by_section("xdpfoo"), "none");
	CU_ASSERT_STRING_EQUAL(by_section("kprobe/x"), "none");
	CU_ASSERT_STRING_EQUAL(by_section(""), "none");
}

static void test_all(void)
{
	size_t n = 0;

	for (const struct bg_hook *h; (h = bg_hook_at(n, NULL)); n++)
		CU_ASSERT_PTR_EQUAL(bg_hook_by_name(h->name, NULL), h);
	CU_ASSERT(n >= 12);
	CU_ASSERT_PTR_NULL(bg_hook_at(n + 1, NULL));
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "a broken or missing table", test_broken_table },
		{ "names", test_names },
		{ "sections", test_sections },
		{ "all, one by one", test_all },
	};

	return BG_RUN_TESTS("hook", tests);
}
