// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What is a template of m4's, and the lines of an expansion. */
#include "extract/template.h"
#include "extract_fixture.h"

static long call_in(const char *name, const char *text)
{
	const char *p = bg_template_first_call(name, text, strlen(text));

	return p ? (long)(p - text) : -1;
}

static void test_what_is_one(void)
{
	CU_ASSERT_EQUAL(call_in("x.c.in", "a define(`b', 1)"), 2);
	CU_ASSERT_EQUAL(call_in("x.m4", "divert(-1)"), 0);
	CU_ASSERT_EQUAL(call_in("x.c.in", "changequote([,])"), 0);
	CU_ASSERT_EQUAL(call_in("x.c.in", "# define(`b')\nifelse(`x', 1)"), 14);
	CU_ASSERT_EQUAL(call_in("x.c", "define(`b', 1)"), -1);          /* a C file is C */
	CU_ASSERT_EQUAL(call_in("x.c.in", "int x = @VALUE@;"), -1);     /* another tool's */
	CU_ASSERT_EQUAL(call_in("x.c.in", "int define(int b);"), -1);   /* no quote */
	CU_ASSERT_EQUAL(call_in("x.c.in", "redefine(`b', 1) my_divert(1)"), -1);
	CU_ASSERT_EQUAL(call_in("x.c.in", "#include <x>\n#define(`b')"), -1);
	CU_ASSERT_EQUAL(call_in("x.c.in", ""), -1);
	CU_ASSERT_EQUAL(call_in("x.c.in", "#"), -1);
	CU_ASSERT_EQUAL(call_in("x.c.in", "define("), -1);              /* cut off */
}

static unsigned line_of(const char *text, unsigned made)
{
	struct bg_template_lines lines = { 0 };
	unsigned line;

	bg_template_lines(text, strlen(text), &lines);
	line = bg_template_line(&lines, made);
	bg_vec_done(&lines);
	return line;
}

static void test_lines(void)
{
	static const char text[] = "a\nb\nc\nd\ne\n/* lines: 2=7 4=2 */\n";

	CU_ASSERT_EQUAL(line_of(text, 1), 1);
	CU_ASSERT_EQUAL(line_of(text, 2), 7);
	CU_ASSERT_EQUAL(line_of(text, 3), 8);
	CU_ASSERT_EQUAL(line_of(text, 4), 2);
	CU_ASSERT_EQUAL(line_of(text, 5), 3);
	CU_ASSERT_EQUAL(line_of("a\n/* lines: */\n", 1), 1);
	CU_ASSERT_EQUAL(line_of("a\nb\n", 2), 2);
	CU_ASSERT_EQUAL(line_of("", 1), 1);
	CU_ASSERT_EQUAL(line_of("/* lines: x=1 2 */", 2), 2);           /* not ours: not believed */
	CU_ASSERT_EQUAL(line_of("/* lines: 1=5 2", 1), 5);
}

int main(void)
{
	static const struct bg_test tests[] = { { "what is one", test_what_is_one }, { "lines", test_lines } };

	return run_in_tmp("template", tests, BG_ARRAY_SIZE(tests));
}
