// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/diag.h"

#include "harness.h"

/* What bg_diags_flush() prints; caller frees. */
static char *printed(struct bg_diags *ds, bool color, enum bg_severity least)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	bg_diags_flush(ds, f, color, least);
	fclose(f);
	return text;
}

static void test_shape(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *text = NULL, *again = NULL;

	bg_diag(ds, BG_ERROR, 2104, BG_AT("a.c", 3, 7), "helper '%s' does not exist", "x");
	bg_diag(ds, BG_NOTE, 2104, BG_AT("a.c", 3, 0), "called here");
	bg_diag(ds, BG_WARNING, 7, BG_AT("a.c", 0, 5), "of the file");
	bg_diag(ds, BG_ERROR, 1, BG_NOWHERE, "of nothing");
	text = printed(ds, false, BG_NOTE);
	CU_ASSERT_STRING_EQUAL(text, "a.c:3:7: error: helper 'x' does not exist [BG2104]\n"
				     "a.c:3: note: called here [BG2104]\n"
				     "a.c: warning: of the file [BG0007]\n"
				     "bpfgraft: error: of nothing [BG0001]\n");
	again = printed(ds, false, BG_NOTE);
	CU_ASSERT_STRING_EQUAL(again, "");
	CU_ASSERT_EQUAL(bg_diags_errors(ds), 2);
	CU_ASSERT_EQUAL(bg_diags_count(ds), 4);
}

static void test_hostile_text(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *text = NULL;

	bg_diag(ds, BG_ERROR, 3, BG_AT("a\033]0;b.c", 1, 1), "name 'x\n%s'", "\033[2J");
	text = printed(ds, false, BG_NOTE);
	CU_ASSERT_STRING_EQUAL(text, "a\\x1b]0;b.c:1:1: error: name 'x\\x0a\\x1b[2J' [BG0003]\n");
}

static void test_least_and_color(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *text = NULL;

	bg_diag(ds, BG_NOTE, 3, BG_NOWHERE, "quiet");
	bg_diag(ds, BG_ERROR, 3, BG_NOWHERE, "loud");
	text = printed(ds, true, BG_ERROR);
	CU_ASSERT_PTR_NULL(strstr(text, "quiet"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\033[31merror:\033[0m loud"));
}

static void test_twice_is_once(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();

	for (int i = 0; i < 3; i++)
		bg_diag(ds, BG_ERROR, 3, BG_AT("a", 1, 1), "same");
	CU_ASSERT_EQUAL(bg_diags_count(ds), 1);
	bg_diag(ds, BG_ERROR, 3, BG_AT("a", 1, 2), "same");
	bg_diag(ds, BG_ERROR, 3, BG_AT("b", 1, 2), "same");
	bg_diag(ds, BG_ERROR, 3, BG_NOWHERE, "same");
	CU_ASSERT_EQUAL(bg_diags_count(ds), 4);
}

static void test_questions(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();

	CU_ASSERT_EQUAL(bg_question(ds, 1101, BG_AT("s", 1, 1), "which '%s'?", "f"), 1);
	CU_ASSERT_EQUAL(bg_question(ds, 1101, BG_AT("s", 1, 1), "which '%s'?", "f"), 2);
	CU_ASSERT_EQUAL(bg_diags_errors(ds), 0);
	CU_ASSERT_EQUAL(bg_diags_questions(ds), 2);
	CU_ASSERT_STRING_EQUAL(bg_diags_get(ds, 0)->message, "question 1: which 'f'?");
}

static void test_json(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	json_t *all, *d;

	bg_diag(ds, BG_ERROR, 42, BG_AT("a.c", 3, 7), "\xff");
	bg_diag(ds, BG_NOTE, 42, BG_NOWHERE, "no place");
	all = bg_diags_json(ds);
	CU_ASSERT_EQUAL_FATAL(json_array_size(all), 2);
	d = json_array_get(all, 0);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(d, "id")), "BG0042");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(d, "message")), "\\xff");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(d, "line")), 3);
	CU_ASSERT(json_is_null(json_object_get(d, "question")));
	d = json_array_get(all, 1);
	CU_ASSERT(json_is_null(json_object_get(d, "path")));
	CU_ASSERT(json_is_null(json_object_get(d, "line")));
	json_decref(all);
}

/* Of an error without a place only the first is printed, wherever the others stand; the JSON has them all. */
static void test_said_once(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *text = NULL;
	json_t *all;

	for (int i = 0; i < 2; i++) {
		bg_diag(ds, BG_ERROR, 6, BG_NOWHERE, "no privilege");
		bg_diag(ds, BG_ERROR, 7, BG_AT("a.c", 1, 1), "here");
		bg_diag(ds, BG_NOTE, 7, BG_NOWHERE, "of a log");
	}
	text = printed(ds, false, BG_NOTE);
	CU_ASSERT_STRING_EQUAL(text, "bpfgraft: error: no privilege [BG0006]\n"
				     "a.c:1:1: error: here [BG0007]\n"
				     "bpfgraft: note: of a log [BG0007]\n"
				     "a.c:1:1: error: here [BG0007]\n"
				     "bpfgraft: note: of a log [BG0007]\n");
	all = bg_diags_json(ds);
	CU_ASSERT_EQUAL(json_array_size(all), 6);
	json_decref(all);
}

static void test_errno_text(void)
{
	BG_CLEANUP(bg_freep) char *known = bg_errno_text(-EPERM), *unknown = bg_errno_text(99999);

	CU_ASSERT_STRING_EQUAL(known, "EPERM (Operation not permitted)");
	CU_ASSERT_STRING_EQUAL(unknown, "error 99999");
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "the shape of a line", test_shape },
		{ "control characters are escaped", test_hostile_text },
		{ "least severity, color", test_least_and_color },
		{ "the same twice in a row is kept once", test_twice_is_once },
		{ "an error without a place is said once", test_said_once },
		{ "questions are numbered", test_questions },
		{ "JSON has every field", test_json },
		{ "errno as text", test_errno_text },
	};

	return BG_RUN_TESTS("diag", tests);
}
