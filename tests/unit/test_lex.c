// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/lex.h"

#include "harness.h"

/* Tokens as "kind:text", comments as "C:text", directives as "D<kind>:text", each list in order, joined by '|'. */
static char *lexed_n(const char *text, size_t n)
{
	static const char kinds[] = { [BG_TOK_IDENT] = 'i', [BG_TOK_NUMBER] = 'n', [BG_TOK_STRING] = 's', [BG_TOK_PUNCT] = 'p' };
	/* exactly n bytes, so that a read behind them is an error that the sanitizer sees */
	BG_CLEANUP(bg_freep) char *exact = malloc(n ? n : 1);
	struct bg_lexed l = { 0 };
	struct bg_str b = { 0 };

	memcpy(exact, text, n);
	bg_lex(exact, 0, (uint32_t)n, &l);
	for (size_t i = 0; i < l.toks.n; i++) {
		bg_str_addf(&b, "%s%c:", b.n ? "|" : "", kinds[l.toks.v[i].kind]);
		bg_str_addn(&b, exact + l.toks.v[i].s, l.toks.v[i].e - l.toks.v[i].s);
	}
	for (size_t i = 0; i < l.comments.n; i++) {
		bg_str_addf(&b, "%sC:", b.n ? "|" : "");
		bg_str_addn(&b, exact + l.comments.v[i].s, l.comments.v[i].e - l.comments.v[i].s);
	}
	for (size_t i = 0; i < l.dirs.n; i++) {
		bg_str_addf(&b, "%sD%d:", b.n ? "|" : "", l.dirs.v[i].kind);
		bg_str_addn(&b, exact + l.dirs.v[i].s, l.dirs.v[i].e - l.dirs.v[i].s);
	}
	bg_lexed_done(&l);
	return bg_str_take(&b);
}

static void is(const char *text, const char *expected)
{
	BG_CLEANUP(bg_freep) char *got = lexed_n(text, strlen(text));

	if (strcmp(got, expected))
		fprintf(stderr, "\n  text:     %s\n  expected: %s\n  got:      %s\n", text, expected, got);
	CU_ASSERT_STRING_EQUAL(got, expected);
}

static void test_tokens(void)
{
	is("", "");
	is("int a_1=0x1fUL;", "i:int|i:a_1|p:=|n:0x1fUL|p:;");
	is("a->b ## c # d", "i:a|p:-|p:>|i:b|p:##|i:c|p:#|i:d");
	is("1.5e+3 .5 0x1p-2 1..2 x.y", "n:1.5e+3|n:.5|n:0x1p-2|n:1..2|i:x|p:.|i:y");
	is("a\\\nb", "i:a|i:b"); /* a name across lines: nobody writes it, it only must not be lost */
	is("a\f\v\tb\r\n", "i:a|i:b");
	is("$x", "i:$x");
	is("\xEF\xBB\xBFint a", "i:int|i:a");
}

static void test_comments(void)
{
	is("a/*b*/c//d\ne", "i:a|i:c|i:e|C:/*b*/|C://d");
	is("/* // */x", "i:x|C:/* // */");
	is("// a \\\n still\nx", "i:x|C:// a \\\n still");
	is("// a \\\r\n still\r\nx", "i:x|C:// a \\\r\n still\r");
	is("/* never ends", "C:/* never ends");
	is("/*", "C:/*");
	is("/*/", "C:/*/");
	is("/**/x", "i:x|C:/**/");
	is("//", "C://");
	is("a / b", "i:a|p:/|i:b");
	is("a/", "i:a|p:/");
}

static void test_strings(void)
{
	is("\"a\\\"b\" x", "s:\"a\\\"b\"|i:x");
	is("'\\'' '\"' \"'\"", "s:'\\''|s:'\"'|s:\"'\"");
	is("\"/* no comment */\" \"// nor this\"", "s:\"/* no comment */\"|s:\"// nor this\"");
	is("\"open\nx", "s:\"open|i:x");
	is("\"open", "s:\"open");
	is("\"open\\", "s:\"open\\");
	is("'", "s:'");
	is("\"two \\\nlines\" x", "s:\"two \\\nlines\"|i:x");
	is("\"two \\\r\nlines\" x", "s:\"two \\\r\nlines\"|i:x");
	is("L\"wide\"", "i:L|s:\"wide\"");
}

static void test_directives(void)
{
	is("#define A 1\nx", "i:x|D0:#define A 1");
	is("  #\tdefine A\n", "D0:#\tdefine A");
	is("#/* c */define A\n", "D0:#/* c */define A");
	is("/* c */ #undef A\n", "C:/* c */|D1:#undef A");
	is("x #define A\n", "i:x|p:#|i:define|i:A");
	is("#define A \\\n 1 \\\r\n 2\nx", "i:x|D0:#define A \\\n 1 \\\r\n 2");
	is("#define A /* over\n lines */ 1\nx", "i:x|D0:#define A /* over\n lines */ 1");
	is("#define A \"/*\" 1\nx", "i:x|D0:#define A \"/*\" 1");
	is("#define A '\"' /* over\n lines */ 1\nx", "i:x|D0:#define A '\"' /* over\n lines */ 1");
	is("#define A 1 // end\nx", "i:x|D0:#define A 1 // end");
	is("#include <a.h>\r\nx", "i:x|D2:#include <a.h>\r");
	is("#\n#foo\n#pragma once", "D10:#|D10:#foo|D9:#pragma once");
	is("#if A\n#elif B\n#else\n#endif\n", "D3:#if A|D5:#elif B|D7:#else|D8:#endif");
	is("#ifdef A\n#ifndef A\n#elifdef B\n#elifndef B\n", "D4:#ifdef A|D4:#ifndef A|D6:#elifdef B|D6:#elifndef B");
	is("#include_next <a.h>\n#import <a.h>\n#defined\n", "D2:#include_next <a.h>|D2:#import <a.h>|D10:#defined");
	is("\\\n#define A 1\n", "D0:#define A 1");
	is("#define A \\", "D0:#define A \\");
	is("#", "D10:#");
}

static void test_not_utf8(void)
{
	static const char text[] = "a\xff\xfe z \"\x80\" \0 q", expected[] = "i:a\xff\xfe|i:z|s:\"\x80\"|p:\0|i:q";
	BG_CLEANUP(bg_freep) char *got = lexed_n(text, sizeof(text) - 1);

	/* bytes that are no text belong to names, so that nothing is lost; a NUL is a punctuator */
	CU_ASSERT_EQUAL(memcmp(got, expected, sizeof(expected)), 0);
	is("caf\xc3\xa9 = 1", "i:caf\xc3\xa9|p:=|n:1");
}

static void test_rest_of_directive(void)
{
	static const char text[] = "#define  A(x) \\\n  x /* a\nb */ \"/*\" + '\\\\' // end";
	struct bg_lexed l = { 0 };
	BG_CLEANUP(bg_freep) char *rest = NULL;

	bg_lex(text, 0, sizeof(text) - 1, &l);
	CU_ASSERT_EQUAL_FATAL(l.dirs.n, 1);
	rest = bg_dir_rest(text, &l.dirs.v[0]);
	CU_ASSERT_STRING_EQUAL(rest, "  A(x)    x   \"/*\" + '\\\\'  ");
	bg_lexed_done(&l);
}

static void test_part_of_text(void)
{
	static const char text[] = "abc def\n#if X\nghi";
	struct bg_lexed l = { 0 };

	bg_lex(text, 2, 6, &l);
	CU_ASSERT_EQUAL_FATAL(l.toks.n, 2);
	CU_ASSERT(l.toks.v[0].s == 2 && l.toks.v[0].e == 3 && l.toks.v[1].s == 4 && l.toks.v[1].e == 6);
	bg_lex(text, 8, sizeof(text) - 1, &l);
	CU_ASSERT_EQUAL(l.dirs.n, 1);
	CU_ASSERT_EQUAL(l.toks.n, 3);
	CU_ASSERT_EQUAL(bg_tok_at(&l, 0), 0);
	CU_ASSERT_EQUAL(bg_tok_at(&l, 3), 1);
	CU_ASSERT_EQUAL(bg_tok_at(&l, 4), 1);
	CU_ASSERT_EQUAL(bg_tok_at(&l, 100), 3);
	CU_ASSERT_EQUAL(bg_dir_at(&l, 8), 0);
	CU_ASSERT_EQUAL(bg_dir_at(&l, 9), 1);
	bg_lexed_done(&l);
}

/* Parts that end where logical lines do, put together behind other text, are what lexing all of it there gives. */
static void test_parts_of_lexed(void)
{
	static const char text[] = "int a; /* over\nlines */\n#include \"x.h\" // c\n\"s\" b\n#define A \\\n 1\nc";
	static const uint32_t cuts[] = { 0, 24, 43, 49, sizeof(text) - 1 };
	struct bg_lexed whole = { 0 }, parts = { 0 };

	bg_lex(text, 0, sizeof(text) - 1, &whole);
	for (size_t i = 1; i < BG_ARRAY_SIZE(cuts); i++)
		bg_lexed_part(&whole, cuts[i - 1], cuts[i], 100, &parts);
	CU_ASSERT_EQUAL_FATAL(parts.toks.n, whole.toks.n);
	CU_ASSERT_EQUAL_FATAL(parts.dirs.n, whole.dirs.n);
	CU_ASSERT_EQUAL_FATAL(parts.comments.n, whole.comments.n);
	for (size_t i = 0; i < parts.toks.n; i++)
		CU_ASSERT(parts.toks.v[i].s == whole.toks.v[i].s + 100 && parts.toks.v[i].e == whole.toks.v[i].e + 100 &&
			  parts.toks.v[i].kind == whole.toks.v[i].kind);
	for (size_t i = 0; i < parts.dirs.n; i++)
		CU_ASSERT(parts.dirs.v[i].s == whole.dirs.v[i].s + 100 && parts.dirs.v[i].e == whole.dirs.v[i].e + 100 &&
			  parts.dirs.v[i].rest == whole.dirs.v[i].rest + 100);
	CU_ASSERT(parts.comments.v[0].s == whole.comments.v[0].s + 100 &&
		  parts.comments.v[0].e == whole.comments.v[0].e + 100);
	bg_lexed_done(&parts);
	/* a part that ends in a comment has it to there, and nothing of it comes with the next one */
	bg_lexed_part(&whole, 0, 15, -0, &parts);
	CU_ASSERT(parts.comments.n == 1 && parts.comments.v[0].e == 15);
	bg_lexed_part(&whole, 15, 24, -0, &parts);
	CU_ASSERT(parts.comments.n == 1 && parts.toks.n == 3);
	bg_lexed_done(&parts);
	bg_lexed_done(&whole);
}

/* What holds of any text: ranges in order, inside, not overlapping; and both lexers find the same directives. */
static void test_any_text(void)
{
	static const char *const pieces[] = { "#define A ", "\n", "\"", "'", "/*", "*/", "//", "\\", "\\\n", "\\\r\n", "##", "#", "ident", "12.e+", " ",
					      "\t", "#if ", "\xff", "(", ";", "\r\n" };
	uint32_t seed = 12345;

	for (int round = 0; round < 20000; round++) {
		struct bg_lexed all = { 0 }, dirs = { 0 };
		struct bg_str b = { 0 };
		uint32_t at = 0;
		bool same;

		for (int k = 0; k < 12; k++) {
			seed = seed * 1664525u + 1013904223u;
			bg_str_add(&b, pieces[(seed >> 16) % BG_ARRAY_SIZE(pieces)]);
		}
		bg_lex(b.s, 0, (uint32_t)b.n, &all);
		bg_lex_dirs(b.s, 0, (uint32_t)b.n, &dirs);
		for (size_t i = 0; i < all.toks.n; i++) {
			CU_ASSERT(all.toks.v[i].s >= at && all.toks.v[i].e > all.toks.v[i].s && all.toks.v[i].e <= b.n);
			at = all.toks.v[i].e;
		}
		at = 0;
		for (size_t i = 0; i < all.dirs.n; i++) {
			CU_ASSERT(all.dirs.v[i].s >= at && all.dirs.v[i].rest <= all.dirs.v[i].e && all.dirs.v[i].e <= b.n);
			at = all.dirs.v[i].e;
		}
		same = all.dirs.n == dirs.dirs.n;
		for (size_t i = 0; same && i < all.dirs.n; i++)
			same = all.dirs.v[i].s == dirs.dirs.v[i].s && all.dirs.v[i].e == dirs.dirs.v[i].e;
		if (!same) {
			BG_CLEANUP(bg_freep) char *e = bg_escape(b.s);

			fprintf(stderr, "\n  the two lexers disagree on: %s\n", e);
		}
		CU_ASSERT(same);
		bg_lexed_done(&all);
		bg_lexed_done(&dirs);
		bg_str_done(&b);
		if (!same)
			break;
	}
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "tokens", test_tokens },
		{ "comments", test_comments },
		{ "strings", test_strings },
		{ "directives", test_directives },
		{ "bytes that are no UTF-8", test_not_utf8 },
		{ "parts of what was lexed", test_parts_of_lexed },
		{ "a directive's text on one line", test_rest_of_directive },
		{ "a part of a text", test_part_of_text },
		{ "any text", test_any_text },
	};

	return BG_RUN_TESTS("lex", tests);
}
