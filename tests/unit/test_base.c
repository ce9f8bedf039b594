// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/base.h"

#include "harness.h"

static void check_escape(const char *in, const char *want)
{
	BG_CLEANUP(bg_freep) char *got = bg_escape(in);

	CU_ASSERT_STRING_EQUAL(got, want);
}

static void test_escape(void)
{
	check_escape("", "");
	check_escape("plain text", "plain text");
	check_escape("a\033[31mred", "a\\x1b[31mred");
	check_escape("line\nfeed\ttab\x7f", "line\\x0afeed\\x09tab\\x7f");
	check_escape("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x9d",
		     "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x9d");
	check_escape("\xc2\x9b"
		     "31m",
		     "\\xc2\\x9b31m"); /* U+009B: CSI in one character */
	check_escape("\xe2\x80\xae"
		     "cod",
		     "\\xe2\\x80\\xae"
		     "cod");				   /* U+202E: right-to-left override */
	check_escape("\xe2\x81\xa6x", "\\xe2\\x81\\xa6x"); /* U+2066 */
	check_escape("\xe2\x80\x9cx", "\xe2\x80\x9cx");	   /* U+201C, a quotation mark, is none */
}

static void test_escape_invalid(void)
{
	check_escape("\xff\xfe", "\\xff\\xfe");
	check_escape("\xc0\xaf", "\\xc0\\xaf"); /* overlong */
	check_escape("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	check_escape("\xed\xa0\x80", "\\xed\\xa0\\x80");	  /* surrogate */
	check_escape("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	check_escape("\xe2\x82", "\\xe2\\x82");			  /* cut short at the end */
}

static void test_str(void)
{
	struct bg_str b = { 0 };
	BG_CLEANUP(bg_freep) char *s = NULL;

	for (int i = 0; i < 1000; i++)
		bg_str_addf(&b, "%d,", i);
	CU_ASSERT_EQUAL(b.n, 10 * 2 + 90 * 3 + 900 * 4);
	CU_ASSERT_EQUAL(strlen(b.s), b.n);
	bg_str_addn(&b, "\0x", 2);
	CU_ASSERT_EQUAL(b.s[b.n - 1], 'x');
	s = bg_str_take(&b);
	CU_ASSERT(bg_starts(s, "0,1,2,"));
	CU_ASSERT_PTR_NULL(b.s);
	free(s);
	s = bg_str_take(&b);
	CU_ASSERT_STRING_EQUAL(s, "");
}

static void test_strv(void)
{
	struct bg_strv a = { 0 }, b = { 0 };

	CU_ASSERT_FALSE(bg_strv_has(&a, "x"));
	for (int i = 0; i < 100; i++)
		bg_strv_addf(&a, "-D%d", i);
	bg_strv_add(&b, "first");
	bg_strv_extend(&b, &a);
	CU_ASSERT_EQUAL(b.n, 101);
	CU_ASSERT_PTR_NULL(b.v[b.n]);
	CU_ASSERT(bg_strv_has(&b, "-D99"));
	CU_ASSERT_FALSE(bg_strv_has(&b, "-D100"));
	bg_strv_done(&a);
	bg_strv_done(&b);
	CU_ASSERT_PTR_NULL(b.v);
}

struct pair {
	int a, b;
};

static void test_vec(void)
{
	BG_VEC(struct pair) v = { 0 };

	for (int i = 0; i < 100; i++)
		bg_vec_push(&v, (struct pair){ i, -i });
	CU_ASSERT_EQUAL(v.n, 100);
	CU_ASSERT_EQUAL(v.v[99].b, -99);
	bg_vec_done(&v);
	CU_ASSERT_PTR_NULL(v.v);
}

static void test_strings(void)
{
	BG_CLEANUP(bg_freep) char *cut = bg_strndup("abc", 2), *whole = bg_strndup("abc", 100);

	CU_ASSERT_STRING_EQUAL(cut, "ab");
	CU_ASSERT_STRING_EQUAL(whole, "abc");
	CU_ASSERT_PTR_NULL(bg_strdup(NULL));
	CU_ASSERT_FALSE(bg_streq(NULL, NULL));
	CU_ASSERT(bg_ends("x.bpf.c", ".c"));
	CU_ASSERT_FALSE(bg_ends("c", ".c"));
	CU_ASSERT_FALSE(bg_starts("ab", "abc"));
}

static void test_number(void)
{
	const char *p = "17,4 -3 99999999999999999999 ";
	unsigned long long n = 0;

	CU_ASSERT(bg_number(&p, &n));
	CU_ASSERT_EQUAL(n, 17);
	CU_ASSERT_EQUAL(*p, ',');
	CU_ASSERT_FALSE(bg_number(&p, &n));
	CU_ASSERT_EQUAL(*p, ',');
	p++;
	CU_ASSERT(bg_number(&p, &n));
	CU_ASSERT_EQUAL(n, 4);
	CU_ASSERT_FALSE(bg_number(&p, &n)); /* a blank before the number */
	p++;
	CU_ASSERT_FALSE(bg_number(&p, &n)); /* a sign */
	p += 3;
	CU_ASSERT_FALSE(bg_number(&p, &n)); /* larger than 64 bits */
	CU_ASSERT_EQUAL(*p, ' ');
	p = "";
	CU_ASSERT_FALSE(bg_number(&p, &n));
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "escape: control characters", test_escape },
		{ "escape: what is no UTF-8", test_escape_invalid },
		{ "growable string", test_str },
		{ "list of strings", test_strv },
		{ "growable array", test_vec },
		{ "small string functions", test_strings },
		{ "decimal numbers", test_number },
	};

	return BG_RUN_TESTS("base", tests);
}
