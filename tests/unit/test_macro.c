// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Which macro definitions a function needs: small files are scanned, and the uses of their function 'f' looked at. */
#include "extract/diag_ids.h"
#include "extract_fixture.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "NAME:LINE" of every definition that the item of 'f' needs, sorted, joined by blanks; those of -D without a line. */
static char *uses_of(const struct bg_tu *tu)
{
	const struct bg_f_decl *f = decl_named(tu, "f");
	struct bg_strv list = { 0 };
	struct bg_str b = { 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (size_t i = 0; i < tu->macro_uses.n; i++) {
		const struct bg_f_macro *m = &tu->macros.v[tu->macro_uses.v[i].macro];

		if (tu->macro_uses.v[i].item != f->item)
			continue;
		if (m->s)
			bg_strv_addf(&list, "%s:%u", m->name, bg_tu_place(tu, m->s).line);
		else
			bg_strv_add(&list, m->name);
	}
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), by_text);
	for (size_t i = 0; i < list.n; i++)
		bg_str_addf(&b, "%s%s", i ? " " : "", list.v[i]);
	bg_strv_done(&list);
	return bg_str_take(&b);
}

static void uses_with(const char *flags, const char *source, const char *expected)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = NULL;
	BG_CLEANUP(bg_freep) char *got = NULL;

	put("m.c", source);
	if (scan_file("m.c", flags, ds, &tu)) {
		bg_diags_flush(ds, stderr, false, BG_NOTE);
		CU_FAIL("the source does not parse");
		return;
	}
	got = uses_of(tu);
	if (strcmp(got, expected))
		fprintf(stderr, "\n  expected: %s\n  got:      %s\n%s\n", expected, got, source);
	CU_ASSERT_STRING_EQUAL(got, expected);
	CU_ASSERT_EQUAL(bg_diags_count(ds), 0);
}

static void uses(const char *source, const char *expected)
{
	uses_with("", source, expected);
}

static void test_plain(void)
{
	uses("#define A 1\n#define B 2\nint f(void) { return A; }\n", "A:1");
	uses("#define A B\n#define B C\n#define C 3\n#define D 4\nint f(void) { return A; }\n", "A:1 B:2 C:3");
	uses("#define F(x) ((x) + K)\n#define K 3\nint f(void) { return F(1); }\n", "F:1 K:2");
	uses("#define F(x) (x)\nint f(int F) { return F; }\n", "");
	uses("#define F(x) (x)\n#define G F\nint f(void) { return G (2); }\n", "F:1 G:2");
	uses("#define F(x) (x)\nint f(void) { return F\n\n (2); }\n", "F:1");
	uses("#define F() 1\nint f(void) { return F(); }\n", "F:1");
	uses("int f(void) { return 0; }\n#define A 1\nint g(void) { return A; }\n", "");
	uses("#define A 1\nint f(void) { return sizeof(\"A\") + 'A'; } /* A */\n", "");
}

static void test_arguments(void)
{
	uses("#define A 1\n#define I(x) x\nint f(void) { return I(A); }\n", "A:1 I:2");
	uses("#define A 1\n#define NO(x) 0\nint f(void) { return NO(A); }\n", "NO:2"); /* the argument goes nowhere */
	uses("#define A 1\n#define CALL(m, x) m(x)\n#define I(x) x\nint f(void) { return CALL(I, A); }\n", "A:1 CALL:2 I:3");
	uses("#define P(a, b) ((a) + (b))\n#define Q 1, 2\n#define R(x) P(x)\nint f(void) { return R(Q); }\n", "P:1 Q:2 R:3");
	uses("#define A 1\n#define W(x) x\nint f(void) { W({ int a = A; return a; }) }\n", "A:1 W:2");
	uses("#define LIST(X) X(a) X(b)\n#define E(n) n##_1,\nenum { LIST(E) last };\nint f(void) { int q[] = { LIST(E) }; return q[0]; }\n",
	     "E:2 LIST:1");
	uses("#define I(x) x\n#define A 7\nint f(void) { return I(I(I((A)))); }\n", "A:2 I:1");
}

static void test_hide_sets(void)
{
	uses("#define A B\n#define B A\nint f(int A) { return A; }\n", "A:1 B:2");
	uses("#define f(x) f(x)\nint (f)(int x) { return x; }\n", "");
	uses("int g(int);\n#define g(x) g((x) + K)\n#define K 1\nint f(int x) { return g(g(x)); }\n", "K:3 g:2");
	/* C11 6.10.3.4's doubtful case: expanded or not, nothing may be missing or hang */
	uses("#define F(a) a * G\n#define G(a) F(a)\nint f(int (*F)(int), int x) { return x; }\n", "");
	/* C11 6.10.3.5 example 3, in short */
	uses("#define x 3\n#define t(a) a\n#define h g(~\n#define g(a) t(a)\nint f(void) { return h 5) + x; }\n", "g:4 h:3 t:2 x:1");
}

static void test_paste(void)
{
	uses("#define V_one 1\n#define V_two 2\n#define V(n) V_##n\nint f(void) { return V(one); }\n", "V:3 V_one:1");
	/* operands of ## are not expanded first */
	uses("#define one two\n#define V_one 1\n#define V_two 2\n#define V(n) V_##n\nint f(void) { return V(one); }\n", "V:4 V_one:2");
	uses("#define one two\n#define V_one 1\n#define V_two 2\n#define V(n) V_##n\n#define W(n) V(n)\nint f(void) { return W(one); }\n",
	     "V:4 V_two:3 W:5 one:1");
	uses("#define AB(x) x\n#define P(a, b) a##b(9)\nint f(void) { return P(A, B); }\n", "AB:1 P:2");
	uses("#define P(a, b, c) a##b##c\n#define XYZ 1\n#define XY 2\nint f(void) { return P(X, Y, Z); }\n", "P:1 XYZ:2");
	uses("#define P(a, b) a##b\n#define X 1\nint f(void) { return P(, X) + P(X, ); }\n", "P:1 X:2");
	uses("#define P(a, b) a ## b\n#define NUM 1\nint f(void) { return P(1, 2) + P(0x, 1f) + NUM; }\n", "NUM:2 P:1");
}

static void test_stringify(void)
{
	uses("#define S(x) #x\n#define A 1\nint f(void) { return sizeof(S(A)); }\n", "S:1");
	uses("#define S(x) #x\n#define T(x) S(x)\n#define A 1\nint f(void) { return sizeof(T(A)); }\n", "A:3 S:1 T:2");
	uses("#define S(x) #x + x\n#define A 1\nint f(void) { return *(S(A)); }\n", "A:2 S:1");
	uses("#define OBJ # A\n#define A 1\nint f(void) { return 0; }\n", "");
}

static void test_variadic(void)
{
	static const char head[] = "int p(const char *, ...);\n#define A 1\n#define B 2\n";
	static const struct { const char *text, *expected; } cases[] = {
		{ "#define L(...) p(__VA_ARGS__)\nint f(void) { return L(\"\", A, B); }\n", "A:2 B:3 L:4" },
		{ "#define L(fmt, ...) p(fmt, ##__VA_ARGS__)\nint f(void) { return L(\"\"); }\n", "L:4" },
		{ "#define L(fmt, ...) p(fmt, ##__VA_ARGS__)\nint f(void) { return L(\"\", A); }\n", "A:2 L:4" },
		{ "#define L(fmt, args...) p(fmt, ##args)\nint f(void) { return L(\"\", A, B); }\n", "A:2 B:3 L:4" },
		{ "#define L(fmt, args...) p(fmt, args)\nint f(void) { return L(\"\", A); }\n", "A:2 L:4" },
		{ "#define L(fmt, ...) p(fmt __VA_OPT__(,) __VA_ARGS__)\nint f(void) { return L(\"\"); }\n", "L:4" },
		{ "#define L(fmt, ...) p(fmt __VA_OPT__(, A) )\nint f(void) { return L(\"\"); }\n", "L:4" },
		{ "#define L(fmt, ...) p(fmt __VA_OPT__(, A) )\nint f(void) { return L(\"\", B); }\n", "A:2 L:4" },
		{ "#define N(a, b, c, n, ...) n\n#define L(...) N(__VA_ARGS__, A, B, 0)\nint f(void) { return L(7, 8); }\n", "B:3 L:5 N:4" },
		{ "#define L(fmt, ...) p(fmt, #__VA_ARGS__)\nint f(void) { return L(\"\", A, B); }\n", "L:4" },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(cases); i++) {
		BG_CLEANUP(bg_freep) char *text = bg_printf("%s%s", head, cases[i].text);

		uses(text, cases[i].expected);
	}
}

static void test_order(void)
{
	/* late binding: what a name means where it is used */
	uses("#define IN 1\n#define OUT (IN + 5)\n#undef IN\n#define IN 7\nint f(void) { return OUT; }\n", "IN:4 OUT:2");
	/* between two uses in one function */
	uses("#define A 1\nint f(void) { int x = A;\n#undef A\n#define A 2\nreturn x + A; }\n", "A:1 A:4");
	uses("#define A 1\nint f(void) { int x = A;\n#undef A\nint A = 3; return x + A; }\n", "A:1");
	uses("#define A 1\n#undef A\nint f(int A) { return A; }\n", "");
	uses("#define A 1\nint g(void) { return A; }\n#undef A\n#define A 2\nint f(void) { return A; }\n#undef A\n#define A 3\n", "A:4");
	uses("int g(void) {\n#define IN_G 4\nreturn 0; }\nint f(void) { return IN_G; }\n", "IN_G:2");
	uses("#define A 1\n#if 0\n#undef A\n#define A 2\n#endif\nint f(void) { return A; }\n", "A:1");
	uses("#define A(x) \\\n ((x) + \\\n  B)\n#define B 1 /* over\nlines */ + 2\nint f(void) { return A(1); }\n", "A:1 B:4");
	uses("#define A 1\r\n#define B \\\r\n A\r\nint f(void) { return B; }\r\n", "A:1 B:2");
}

static void test_conditions(void)
{
	uses("#define A 0\nint f(void) {\n#if A\nreturn 1;\n#endif\nreturn 0; }\n", "A:1");
	uses("#define A\nint f(void) {\n#ifdef A\nreturn 1;\n#else\nreturn 2;\n#endif\n}\n", "A:1");
	uses("#define A\nint f(void) {\n#ifndef A\nreturn 1;\n#endif\nreturn 0; }\n", "A:1");
	uses("#define A 1\n#define B 2\nint f(void) {\n#if !defined(A) || defined B\nreturn 1;\n#endif\nreturn 0; }\n", "A:1 B:2");
	uses("#define V(a, b) ((a) << 8 | (b))\n#define NOW V(6, 1)\nint f(void) {\n#if NOW >= V(5, 4) && NOWHERE\nreturn 1;\n#endif\nreturn 0; }\n",
	     "NOW:2 V:1");
	/* the branch that is not taken is text of the function, but what it expands is of no use */
	uses("#define A 0\n#define B 1\nint f(void) {\n#if A\nreturn B;\n#endif\nreturn 0; }\n", "A:1");
	uses("#define A 0\n#define B 1\n#define C 2\nint f(void) {\n#if A\n#elif B\nreturn C;\n#endif\nreturn 0; }\n", "A:1 B:2 C:3");
}

static void test_flags(void)
{
	uses_with("-DA -DB=5 -DC(x)=((x)+B) -DD=1", "int f(void) { return A + C(2); }\n", "A B C");
	uses_with("-D A=B -D B=2", "int f(void) { return A; }\n", "A B");
	uses_with("-DA=1 -UA", "int f(int A) { return A; }\n", "");
	uses_with("-DA=1", "#undef A\n#define A 2\nint f(void) { return A; }\n", "A:2");
	uses_with("-DA=", "int f(void) { return 1 A; }\n", "A");
}

static void test_line_dependent(void)
{
	static const struct { const char *text; bool expected; } cases[] = {
		{ "int f(void) { return 1; }\n", false },
		{ "int f(void) { return __LINE__; }\n", true },
		{ "#define HERE __LINE__\nint f(void) { return HERE; }\n", true },
		{ "#define HERE __LINE__\n#define NO(x) 0\nint f(void) { return NO(HERE); }\n", false },
		{ "int f(void) { return sizeof(__FILE__); }\n", true },
		{ "int f(void) { return sizeof(\"__LINE__\"); }\n", false },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(cases); i++) {
		BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
		BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = NULL;

		put("m.c", cases[i].text);
		CU_ASSERT_EQUAL_FATAL(scan_file("m.c", "", ds, &tu), 0);
		CU_ASSERT_EQUAL(tu->items.v[decl_named(tu, "f")->item].line_dependent, cases[i].expected);
	}
}

/* Expansion without end in sight is cut off, and said so. */
static void limit(const char *source)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = NULL;

	put("m.c", source);
	CU_ASSERT_EQUAL_FATAL(scan_file("m.c", "", ds, &tu), 0);
	CU_ASSERT(has_id(ds, BG_ID_MACRO_LIMIT));
	CU_ASSERT_EQUAL(bg_diags_errors(ds), 0);
}

static void test_limits(void)
{
	struct bg_str b = { 0 };

	bg_str_add(&b, "#define X0\n");
	for (int i = 1; i <= 21; i++) /* two million empty expansions */
		bg_str_addf(&b, "#define X%d X%d X%d\n", i, i - 1, i - 1);
	bg_str_add(&b, "int f(void) { return 0 X21; }\n");
	limit(b.s);
	bg_str_done(&b);
	bg_str_add(&b, "#define I(x) x\nint f(void) { return ");
	for (int i = 0; i < 240; i++) /* one in the other */
		bg_str_add(&b, "I(");
	bg_str_add(&b, "0");
	for (int i = 0; i < 240; i++)
		bg_str_add(&b, ")");
	bg_str_add(&b, "; }\n");
	limit(b.s);
	bg_str_done(&b);
}

/* In a body '#' starts no directive, however many there are. */
static void test_many_hashes(void)
{
	struct bg_str b = { 0 };

	bg_str_add(&b, "#define H ");
	for (int i = 0; i < 60000; i++)
		bg_str_add(&b, "# ");
	bg_str_add(&b, "\n#define S(x) #x\n#define T(x) S(x)\nint f(void) { return sizeof(T(H)); }\n");
	uses(b.s, "H:1 S:2 T:3");
	bg_str_done(&b);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "plain names and calls", test_plain },
		{ "arguments", test_arguments },
		{ "hide sets", test_hide_sets },
		{ "##", test_paste },
		{ "#", test_stringify },
		{ "variadic", test_variadic },
		{ "definitions in order", test_order },
		{ "conditions", test_conditions },
		{ "-D and -U", test_flags },
		{ "line numbers", test_line_dependent },
		{ "limits", test_limits },
		{ "a body of '#' alone", test_many_hashes },
	};

	return run_in_tmp("macro", tests, BG_ARRAY_SIZE(tests));
}
