// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Lines of two texts that belong together: ends, gaps, moves, texts that share nothing, and random ones against the slow way. */
#include "core/linediff.h"

#include "harness.h"

/* "0 1 - 3": for each line of a its line in b. */
static void expect(const char *a, const char *b, const char *want)
{
	struct bg_lines la = { 0 }, lb = { 0 };
	BG_CLEANUP(bg_freep) char *got = NULL;
	struct bg_str out = { 0 };
	size_t *map;

	bg_lines_of(a, strlen(a), &la);
	bg_lines_of(b, strlen(b), &lb);
	map = bg_linediff(&la, &lb);
	for (size_t i = 0; i < la.n; i++) {
		bg_str_add(&out, i ? " " : "");
		if (map[i] == BG_LINE_GONE)
			bg_str_addc(&out, '-');
		else
			bg_str_addf(&out, "%zu", map[i]);
	}
	got = bg_str_take(&out);
	if (strcmp(got, want) != 0)
		fprintf(stderr, "\n  got '%s', want '%s'\n", got, want);
	CU_ASSERT_STRING_EQUAL(got, want);
	free(map);
	bg_vec_done(&la);
	bg_vec_done(&lb);
}

static void test_cases(void)
{
	expect("", "a\n", "");
	expect("a\n", "", "-");
	expect("a\nb\nc\n", "a\nb\nc\n", "0 1 2");
	expect("a\nb\nc", "a\r\nb\r\nc\r\n", "0 1 2");
	expect("a\nb\nc\n", "a\nc\n", "0 - 1");
	expect("a\nc\n", "a\nb\nc\n", "0 2");
	expect("a\nb\nc\nd\n", "x\nb\ny\nd\nz\n", "- 1 - 3");
	expect("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n", "- - 0 2 3 - 4");
	expect("a\nb\n", "c\nd\n", "- -");
}

static size_t longest(const char *a, size_t n, const char *b, size_t m)
{
	size_t best[32][32] = { 0 };

	for (size_t i = n; i-- > 0;)
		for (size_t j = m; j-- > 0;)
			best[i][j] = a[i] == b[j] ? best[i + 1][j + 1] + 1 :
				     best[i + 1][j] > best[i][j + 1] ? best[i + 1][j] : best[i][j + 1];
	return best[0][0];
}

/* In order, each line with its like, and as many pairs as there can be. */
static void test_random(void)
{
	unsigned state = 1;

	for (int round = 0; round < 3000; round++) {
		char a[32], b[32], ta[80] = "", tb[80] = "";
		size_t n, m, pairs = 0, last = 0, *map;
		struct bg_lines la = { 0 }, lb = { 0 };
		bool fine = true;

		state = state * 1103515245u + 12345u;
		n = state >> 16 & 15;
		m = state >> 20 & 15;
		for (size_t i = 0; i < 31; i++) {
			state = state * 1103515245u + 12345u;
			a[i] = (char)('a' + (state >> 16) % 4);
			b[i] = (char)('a' + (state >> 20) % 4);
		}
		for (size_t i = 0; i < n; i++)
			memcpy(ta + 2 * i, (char[]){ a[i], '\n', '\0' }, 3);
		for (size_t i = 0; i < m; i++)
			memcpy(tb + 2 * i, (char[]){ b[i], '\n', '\0' }, 3);
		bg_lines_of(ta, strlen(ta), &la);
		bg_lines_of(tb, strlen(tb), &lb);
		map = bg_linediff(&la, &lb);
		for (size_t i = 0; i < n; i++) {
			if (map[i] == BG_LINE_GONE)
				continue;
			fine &= map[i] < m && a[i] == b[map[i]] && (!pairs || map[i] > last);
			last = map[i];
			pairs++;
		}
		CU_ASSERT(fine);
		CU_ASSERT_EQUAL(pairs, longest(a, n, b, m));
		free(map);
		bg_vec_done(&la);
		bg_vec_done(&lb);
	}
}

static void test_origin(void)
{
	size_t map[] = { 0, BG_LINE_GONE, BG_LINE_GONE, 4, 5 }; /* two lines of a became three of b */

	CU_ASSERT_EQUAL(bg_line_origin(map, 5, 0), 0);
	CU_ASSERT_EQUAL(bg_line_origin(map, 5, 1), 1);
	CU_ASSERT_EQUAL(bg_line_origin(map, 5, 2), 2);
	CU_ASSERT_EQUAL(bg_line_origin(map, 5, 3), 2);
	CU_ASSERT_EQUAL(bg_line_origin(map, 5, 4), 3);
	CU_ASSERT_EQUAL(bg_line_origin(map, 5, 9), 4);
}

/* Many differences: the common ends are still found, and it ends. */
static void test_much(void)
{
	struct bg_str a = { 0 }, b = { 0 };
	struct bg_lines la = { 0 }, lb = { 0 };
	size_t *map;

	bg_str_add(&a, "first\n");
	bg_str_add(&b, "first\n");
	for (int i = 0; i < 5000; i++) {
		bg_str_addf(&a, "a%d\n", i);
		bg_str_addf(&b, "b%d\n", i);
	}
	bg_str_add(&a, "last\n");
	bg_str_add(&b, "last\n");
	bg_lines_of(a.s, a.n, &la);
	bg_lines_of(b.s, b.n, &lb);
	map = bg_linediff(&la, &lb);
	CU_ASSERT_EQUAL(map[0], 0);
	CU_ASSERT_EQUAL(map[1], BG_LINE_GONE);
	CU_ASSERT_EQUAL(map[5001], 5001);
	free(map);
	bg_vec_done(&la);
	bg_vec_done(&lb);
	bg_str_done(&a);
	bg_str_done(&b);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "cases", test_cases }, { "random", test_random }, { "origin", test_origin }, { "much", test_much },
	};

	return BG_RUN_TESTS("linediff", tests);
}
