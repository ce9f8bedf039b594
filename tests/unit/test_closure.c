// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What a root needs and why; and the chain that 'bpfgraft why' reads from the evidence. */
#include "extract/closure.h"
#include "extract/diag_ids.h"
#include "extract/evidence.h"
#include "extract/query.h"

#include "extract_fixture.h"

static struct bg_tu *scanned(const char *source, const char *flags)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_tu *tu = NULL;

	put("c.c", source);
	if (scan_file("c.c", flags, ds, &tu))
		bg_diags_flush(ds, stderr, false, BG_NOTE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(tu);
	return tu;
}

static void closure_of(const struct bg_tu *tu, const char *root, struct bg_closure *c)
{
	const struct bg_f_decl *d = decl_named(tu, root);

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	bg_closure_compute(tu, &d->item, 1, c);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The named symbols of the evidence, sorted, joined by blanks: "name<needed_by". */
static char *symbols(const struct bg_tu *tu, const struct bg_closure *c, bool why)
{
	json_t *all = bg_evidence_symbols(tu, c), *s;
	struct bg_strv list = { 0 };
	struct bg_str b = { 0 };
	size_t i;

	json_array_foreach(all, i, s) {
		const char *by = json_string_value(json_object_get(s, "needed_by"));

		bg_strv_addf(&list, "%s%s%s", json_string_value(json_object_get(s, "symbol")), why ? "<" : "", why && by ? by : "");
	}
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), by_text);
	for (i = 0; i < list.n; i++)
		if (!i || strcmp(list.v[i], list.v[i - 1]))
			bg_str_addf(&b, "%s%s", b.n ? " " : "", list.v[i]);
	json_decref(all);
	bg_strv_done(&list);
	return bg_str_take(&b);
}

static void keeps_why(const char *source, const char *root, bool why, const char *expected)
{
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = scanned(source, "");
	BG_CLEANUP(bg_freep) char *got = NULL;
	struct bg_closure c;

	closure_of(tu, root, &c);
	got = symbols(tu, &c, why);
	if (strcmp(got, expected))
		fprintf(stderr, "\n  expected: %s\n  got:      %s\n", expected, got);
	CU_ASSERT_STRING_EQUAL(got, expected);
	bg_closure_done(&c);
}
#define keeps(source, root, expected) keeps_why(source, root, false, expected)

static void test_calls_and_types(void)
{
	static const char source[] =
		"struct a { int x; };\nstruct b { struct a *p; };\ntypedef struct a a_t;\nint unused;\n"
		"static int low(a_t *a) { return a->x; }\nstatic int high(a_t *a) { return low(a); }\nstatic int aside(struct b *b) { return b->p != 0; }\n"
		"int one(void) { a_t a = { 1 }; return high(&a); }\nint two(struct b *b) { return aside(b); }\n";

	keeps(source, "low", "a a_t low");
	keeps(source, "one", "a a_t high low one");
	keeps(source, "two", "aside b two"); /* struct a is named only */
	keeps(source, "unused", "unused");
}

static void test_recursion(void)
{
	keeps("int even(int);\nstatic int odd(int n) { return n ? even(n - 1) : 0; }\nint even(int n) { return n ? odd(n - 1) : 1; }\n", "even",
	      "even odd");
	keeps("struct l { struct l *next; };\nint len(struct l *l) { return l ? 1 + len(l->next) : 0; }\n", "len", "l len");
}

static void test_licence(void)
{
	keeps("char l[] __attribute__((section(\"license\"))) = \"GPL\";\nint v __attribute__((section(\"version\")));\nint f(void) { return 1; }\n", "f",
	      "f l v");
}

static void test_why(void)
{
	keeps_why("#define K 3\nstruct s { int x[K]; };\nstatic int g(struct s *s) { return s->x[0]; }\nint f(struct s *s) { return g(s); }\n", "f", true,
		  "K<s f< g<f s<f");
	keeps_why("#include <linux/types.h>\n__u32 f(void) { return 1; }\n", "f", true, "<linux/types.h><f f<");
	/* what has no name of its own goes by the first name in it */
	keeps_why("enum { A, B };\nenum { C = B };\nint f(void) { return C; }\n", "f", true, "(anonymous)<C (anonymous)<f A<C B<C C<f f<");
}

static void test_several_roots(void)
{
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = scanned("int a, b;\nint z;\nint f(void) { return a; }\nint g(void) { return z; }\n", "");
	uint32_t roots[3] = { decl_named(tu, "f")->item, decl_named(tu, "g")->item, decl_named(tu, "f")->item };
	struct bg_closure c;

	bg_closure_compute(tu, roots, 3, &c);
	CU_ASSERT_EQUAL(c.n_items, 4);
	CU_ASSERT_EQUAL(c.items[roots[0]].by, BG_WHY_ROOT);
	CU_ASSERT_EQUAL(c.items[decl_named(tu, "z")->item].by, BG_WHY_ITEM);
	CU_ASSERT_EQUAL(c.items[decl_named(tu, "z")->item].from, roots[1]);
	bg_closure_done(&c);
	bg_closure_compute(tu, NULL, 0, &c);
	CU_ASSERT_EQUAL(c.n_items + c.n_macros + c.n_tops, 0);
	bg_closure_done(&c);
}

/* A shell becomes whole when a root is added that reads its members; what is no program has none. */
static void test_shells(void)
{
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = NULL;
	struct bg_closure c;
	uint32_t md, in, g;

	put("bpf.h", "struct in { int x; };\nstruct md { struct in in; int y; };\n");
	tu = scanned("#include \"bpf.h\"\nint f(struct md *m) __attribute__((section(\"xdp\")));\n"
		     "int f(struct md *m) { return m != 0; }\nint g(struct md *m) { return m->y; }\nint h(struct md *m) { return m != 0; }\n", "");
	md = decl_named(tu, "md")->item;
	in = decl_named(tu, "in")->item;
	g = decl_named(tu, "g")->item;
	for (size_t i = 0; i < tu->decls.n; i++)
		if (bg_streq(tu->decls.v[i].name, "f") && tu->decls.v[i].is_def)
			bg_closure_of(tu, &tu->decls.v[i], &c);
	CU_ASSERT(c.items[md].by == BG_WHY_ITEM && c.items[md].how == BG_REF_BTF && !bg_closure_whole(&c, md));
	CU_ASSERT(c.items[in].by == BG_WHY_NOT);
	CU_ASSERT_EQUAL(c.n_items, 3);
	CU_ASSERT(tu->items.v[md].size == 8 && tu->items.v[md].align == 4);
	bg_closure_extend(tu, &g, 1, &c);
	CU_ASSERT(bg_closure_whole(&c, md) && bg_closure_whole(&c, in));
	CU_ASSERT_EQUAL(c.n_items, 5);
	bg_closure_done(&c);
	bg_closure_of(tu, decl_named(tu, "h"), &c);
	CU_ASSERT(bg_closure_whole(&c, md) && bg_closure_whole(&c, in));
	bg_closure_done(&c);
}

/* Nothing that is kept needs something that is not: the definition of a closure, on a file with a bit of everything. */
static void test_closed(void)
{
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = scanned(
		"#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n#define N 4\nstruct v { __u32 n[N]; };\nstruct u { int x; };\n"
		"struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, N); __type(key, __u32); __type(value, struct v); } m SEC(\".maps\");\n"
		"static __always_inline int q(struct v *v) { return v->n[0]; }\nint spare(struct u *u) { return u->x; }\n"
		"SEC(\"xdp\") int f(struct xdp_md *c) { __u32 k = 0; struct v *v = bpf_map_lookup_elem(&m, &k); return v ? q(v) : 0; }\n", "");
	struct bg_closure c;
	size_t n = 0;

	closure_of(tu, "f", &c);
	for (size_t i = 0; i < tu->refs.n; i++)
		CU_ASSERT(!c.items[tu->refs.v[i].from].by || c.items[tu->refs.v[i].to].by);
	for (size_t i = 0; i < tu->sysrefs.n; i++)
		CU_ASSERT(!c.items[tu->sysrefs.v[i].from].by || c.tops[tu->sysrefs.v[i].top].by);
	for (size_t i = 0; i < tu->items.n; i++)
		n += c.items[i].by != BG_WHY_NOT;
	CU_ASSERT_EQUAL(n, c.n_items);
	CU_ASSERT(n < tu->items.n);
	CU_ASSERT(!c.items[decl_named(tu, "spare")->item].by && !c.items[decl_named(tu, "u")->item].by);
	bg_closure_done(&c);
}

/* "symbol symbol ..." from the symbol to the entry; NULL when refused, with BG_ID_NO_EVIDENCE. */
static void why(const char *evidence, const char *symbol, const char *expected)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *unit = in_tmp("why/u.bpf.c"), *path = in_tmp("why/extract.json");
	struct bg_str b = { 0 };
	json_t *chain = NULL, *s;
	enum bg_exit e;
	size_t i;

	bg_mkdirs(tmp.path);
	if (evidence)
		put("why/extract.json", evidence);
	else
		unlink(path);
	e = bg_why(unit, symbol, ds, &chain);
	json_array_foreach(chain, i, s)
		bg_str_addf(&b, "%s%s", b.n ? " " : "", json_string_value(json_object_get(s, "symbol")));
	CU_ASSERT_EQUAL(e, expected ? BG_EXIT_OK : BG_EXIT_USAGE);
	CU_ASSERT_EQUAL(has_id(ds, BG_ID_NO_EVIDENCE), !expected);
	if (expected && strcmp(b.s ? b.s : "", expected))
		fprintf(stderr, "\n  expected: %s\n  got:      %.200s\n", expected, b.s ? b.s : "");
	CU_ASSERT(!expected || bg_streq(b.s, expected));
	bg_str_done(&b);
	json_decref(chain);
}

#define SYMBOL(name, by) "{\"symbol\": \"" name "\", \"kind\": \"function\", \"needed_by\": " by "}"

static void test_why_command(void)
{
	static const char good[] = "{\"symbols\": [" SYMBOL("f", "null") "," SYMBOL("g", "\"f\"") "," SYMBOL("h", "\"g\"") "]}";

	why(good, "h", "h g f");
	why(good, "f", "f");
	why(good, "nothing", NULL);
	why(good, "", NULL);
	why(NULL, "h", NULL);
	why("{\"symbols\": [", "h", NULL);
	why("{\"symbols\": 7}", "h", NULL);
	why("[]", "h", NULL);
	why("{\"symbols\": [1, null, {\"symbol\": 3}, " SYMBOL("h", "4") "]}", "h", "h");
	/* evidence that someone edited: the chain ends where it would go in a circle */
	why("{\"symbols\": [" SYMBOL("a", "\"b\"") "," SYMBOL("b", "\"a\"") "]}", "a", "a b");
	why("{\"symbols\": [" SYMBOL("a", "\"a\"") "]}", "a", "a");
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "calls and types", test_calls_and_types },
		{ "recursion", test_recursion },
		{ "the licence is always in", test_licence },
		{ "why", test_why },
		{ "several roots", test_several_roots },
		{ "what only BTF needs", test_shells },
		{ "closed under need", test_closed },
		{ "the chain of 'why'", test_why_command },
	};

	return run_in_tmp("closure", tests, BG_ARRAY_SIZE(tests));
}
