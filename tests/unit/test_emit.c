// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What upstream names its files and what flags hold cannot become code of the unit. */
#include "extract/emit.h"
#include "extract_fixture.h"

/* The unit of f in a source of that name. */
static char *unit_of(const char *name, const char *source, const struct bg_strv *flags)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = NULL;
	struct bg_emit_head head = { .entry = "f", .repository = "r" };
	struct bg_emit_counts n;
	struct bg_str out = { 0 };
	struct bg_closure c;

	put(name, source);
	if (bg_scan(tmp.path, name, flags, ds, &tu))
		bg_diags_flush(ds, stderr, false, BG_NOTE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(tu);
	bg_closure_of(tu, decl_named(tu, "f"), &c);
	bg_emit(tu, &c, &head, &out, &n);
	bg_closure_done(&c);
	return bg_str_take(&out);
}

/* The unit parses, and has f and nothing else that is declared. */
static void only_f(const char *unit)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = NULL;

	put("unit.c", unit);
	CU_ASSERT_EQUAL(scan_file("unit.c", "", ds, &tu), 0);
	if (!tu || tu->decls.n != 1)
		fprintf(stderr, "\n%s\n", unit);
	CU_ASSERT(tu && tu->decls.n == 1);
}

static void test_names(void)
{
	static const char *const names[] = { "*/int evil; /*.c", "a\"; int evil; \".c", "b\nint evil;\n.c", "back\\.c", "n\\n.c" };
	const struct bg_strv none = { 0 };

	for (size_t i = 0; i < BG_ARRAY_SIZE(names); i++) {
		BG_CLEANUP(bg_freep) char *plain = unit_of(names[i], "int f(void) { return 1; }\n", &none);
		BG_CLEANUP(bg_freep) char *lines = unit_of(names[i], "int f(void) { return __LINE__; }\n", &none);
		struct bg_str manual = { 0 };
		BG_CLEANUP(bg_freep) char *cut = NULL;

		bg_str_add(&manual, "/*");
		for (int k = 0; k < 50; k++)
			bg_str_add(&manual, "\n * much to say");
		bg_str_add(&manual, " */\nint f(void) { return 2; }\n");
		cut = unit_of(names[i], manual.s, &none);
		bg_str_done(&manual);
		only_f(plain);
		only_f(lines);
		only_f(cut);
		CU_ASSERT_PTR_NOT_NULL(strstr(lines, "#line 1 \""));
		CU_ASSERT_PTR_NOT_NULL(strstr(cut, "a comment of 5"));
	}
}

/* clang ignores what follows a line end in -D, and so does the unit. */
static void test_flag_of_two_lines(void)
{
	BG_CLEANUP(bg_freep) char *unit = NULL;
	struct bg_strv flags = { 0 };

	bg_strv_add(&flags, "-Wno-newline-eof");
	bg_strv_add(&flags, "-DA=1\nint evil;");
	unit = unit_of("d.c", "int f(void) { return A; }\n", &flags);
	only_f(unit);
	bg_strv_done(&flags);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "names of files", test_names },
		{ "a flag of two lines", test_flag_of_two_lines },
	};

	return run_in_tmp("emit", tests, BG_ARRAY_SIZE(tests));
}
