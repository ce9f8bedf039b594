// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The canonical form of a declaration: what makes two versions of it the same, and what does not. */
#include "extract/canon.h"
#include "harness.h"

static char *canon(const char *text)
{
	struct bg_str s = { 0 };

	bg_canon(text, 0, (uint32_t)strlen(text), &s);
	return bg_str_take(&s);
}

static void compare(const char *a, const char *b, bool same)
{
	BG_CLEANUP(bg_freep) char *x = canon(a), *y = canon(b);

	if ((strcmp(x, y) == 0) != same)
		fprintf(stderr, "\n  %s\n  %s\n  become\n  %s\n  %s\n", a, b, x, y);
	CU_ASSERT_EQUAL(strcmp(x, y) == 0, same);
}

static void test_same(void)
{
	static const char *const pairs[][2] = {
		{ "int f(void) { return 1; }", "int\nf( void )\n{\n\treturn 1;\n}\n" },
		{ "int a; /* one */", "/* another\n text */ int // and this\n a ;" },
		{ "x = a + b;", "x = \\\n a + b;" },
		{ "int f(void) {\n#if A /* why */\n\treturn 1;\n#endif\n}",
		  "int f(void)\n{\n# if  A\nreturn 1;\n#endif // A\n}" },
		{ "#define F(x, y) ((x) + (y))", "#  define F( x,y )\t((x)+ \\\n\t(y))" },
		{ "#define A 1", "#define A /* one */ 1" },
		{ "f(\"a  b\")", "f( \"a  b\" )" },
		{ "", "/* nothing */" },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(pairs); i++)
		compare(pairs[i][0], pairs[i][1], true);
}

static void test_different(void)
{
	static const char *const pairs[][2] = {
		{ "a > b", "a >= b" },
		{ "a++ + b", "a + ++b" },
		{ "a - -b", "a --b" },
		{ "p->x", "p.x" },
		{ "int ab;", "int a b;" },
		{ "\"a b\"", "\"a  b\"" },
		{ "'/*'", "'//'" },
		{ "#define F(x) x", "#define F (x) x" },
		{ "#define F (x)", "#define F(x)" },
		{ "#if A\nint b;\n#endif", "#if A int b;\n#endif" },
		{ "#ifdef A\nint b;\n#endif", "int b;" },
		{ "a;\n#if X\nb;\n#endif", "#if X\na;\nb;\n#endif" },
		{ "0x10", "16" },
		{ "struct s { int a; int b; };", "struct s { int b; int a; };" },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(pairs); i++)
		compare(pairs[i][0], pairs[i][1], false);
}

/* A form that is put in canonical form once more stays what it is. */
static void test_stable(void)
{
	static const char *const texts[] = { "x = a++ + ++b << 2 >= ~c ? d->e : f(1, \"\\\"\");",
					     "#define F(a, ...) a ## b #a __VA_ARGS__\nint x;\n#undef F\n" };

	for (size_t i = 0; i < BG_ARRAY_SIZE(texts); i++) {
		BG_CLEANUP(bg_freep) char *once = canon(texts[i]), *twice = canon(once);

		CU_ASSERT_STRING_EQUAL(once, twice);
	}
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "layout and comments", test_same },
		{ "other tokens", test_different },
		{ "twice", test_stable },
	};

	return BG_RUN_TESTS("canon", tests);
}
