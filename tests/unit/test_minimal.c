// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Objects that differ only in what the kernel reads of types, and the closure after something went. */
#include "extract/btfcmp.h"
#include "extract/closure.h"
#include "extract/diag_ids.h"
#include "extract/evidence.h"

#include "extract_fixture.h"

#define SEC(name) "__attribute__((section(\"" name "\"), used)) "

/* What differs between the objects of two texts; caller frees. NULL: nothing. */
static char *differs(const char *left, const char *right)
{
	BG_CLEANUP(bg_freep) char *l = object("left", left, ""), *r = object("right", right, "");
	char *text = NULL;

	CU_ASSERT_EQUAL(bg_btfcmp(l, r, &text), 0);
	return text;
}

static void same(const char *left, const char *right)
{
	BG_CLEANUP(bg_freep) char *text = differs(left, right);

	if (text)
		fprintf(stderr, "%s\n", text);
	CU_ASSERT_PTR_NULL(text);
}

static void other(const char *left, const char *right, const char *says)
{
	BG_CLEANUP(bg_freep) char *there = differs(left, right), *back = differs(right, left);

	CU_ASSERT_PTR_NOT_NULL_FATAL(there);
	CU_ASSERT_PTR_NOT_NULL_FATAL(back);
	if (!strstr(there, says))
		fprintf(stderr, "%s\n", there);
	CU_ASSERT_PTR_NOT_NULL(strstr(there, says));
	CU_ASSERT_STRING_NOT_EQUAL(there, back); /* what one lacks the other has */
}

static void test_same_types(void)
{
	same(SEC("xdp") "int f(void *c) { return 1; }", "\n\n" SEC("xdp") "int f(void *c) { return 2; }");
	/* neither the order of types nor what no object holds matters */
	same("struct a { int x; }; struct b { long y; }; " SEC("xdp") "int f(struct a *a, struct b *b) { return 1; }",
	     "struct b { long y; }; struct u { int z; }; struct a { int x; }; " SEC("xdp") "int f(struct a *a, struct b *b) { return 1; }");
	/* a struct that has itself in it ends */
	same("struct l { struct l *next; int n; }; " SEC("xdp") "int f(struct l *l) { return l->n; }",
	     "struct l { struct l *next; int n; }; " SEC("xdp") "int f(struct l *l) { return l->n; }");
}

static void test_other_types(void)
{
	/* the verifier refuses a global function's parameter that is declared only */
	other("struct st { int x; }; " SEC("xdp") "int f(struct st *s) { return 1; }", "struct st; " SEC("xdp") "int f(struct st *s) { return 1; }", "struct st");
	other("struct st { int x; }; " SEC("xdp") "int f(struct st *s) { return 1; }",
	      "struct st { unsigned x; }; " SEC("xdp") "int f(struct st *s) { return 1; }", "struct st (4) { x@0:0 int");
	other(SEC("xdp") "int f(void *c) { return 1; }", SEC("xdp") "int f(const void *c) { return 1; }", "function f");
	other("int v;" SEC("xdp") "int f(void *c) { return v; }", "int v, w;" SEC("xdp") "int f(void *c) { return v; }", "variable w");
	other("enum e { A = 1 }; " SEC("xdp") "int f(enum e c) { return 1; }", "enum e { A = 2 }; " SEC("xdp") "int f(enum e c) { return 1; }", "A=1");
	/* a kptr is one by its tag */
	other("struct v { int __attribute__((btf_type_tag(\"kptr\"))) *p; } v; " SEC("xdp") "int f(void *c) { return v.p != 0; }",
	      "struct v { int *p; } v; " SEC("xdp") "int f(void *c) { return v.p != 0; }", "struct v (8)");
}

#define TASK "struct task { int pid; int tgid; } "
#define RELOCATED "__attribute__((preserve_access_index)); "

static void test_relocations(void)
{
	static const char read_pid[] = "int f(struct task *t) { return t->pid; }", read_tgid[] = "int f(struct task *t) { return t->tgid; }";
	BG_CLEANUP(bg_freep) char *with = bg_printf("%s%s%s", TASK RELOCATED, SEC("xdp"), read_pid), *without = bg_printf("%s; %s%s", TASK, SEC("xdp"), read_pid);
	BG_CLEANUP(bg_freep) char *tgid = bg_printf("%s%s%s", TASK RELOCATED, SEC("xdp"), read_tgid);

	same(with, with);
	other(with, without, "CO-RE relocation in section xdp");
	other(with, tgid, "0:0 of struct task");
}

static void test_unreadable(void)
{
	BG_CLEANUP(bg_freep) char *good = object("good", SEC("xdp") "int f(void *c) { return 1; }", ""), *none = in_tmp("none"), *text = NULL;
	BG_CLEANUP(bg_freep) char *bad = in_tmp("bad.o");

	put("bad.o", "no object");
	CU_ASSERT_EQUAL(bg_btfcmp(good, none, &text), -EINVAL);
	CU_ASSERT_EQUAL(bg_btfcmp(bad, good, &text), -EINVAL);
	CU_ASSERT_PTR_NULL(text);
}

/* Objects without BTF have no types. */
static void test_no_types(void)
{
	BG_CLEANUP(bg_freep) char *l = object("l", SEC("xdp") "int f(int c) { return 1; }", "-g0"), *r = object("r", SEC("xdp") "long f(void *c) { return 1; }", "-g0");
	BG_CLEANUP(bg_freep) char *text = NULL;

	CU_ASSERT_EQUAL(bg_btfcmp(l, r, &text), 0);
	CU_ASSERT_PTR_NULL(text);
}

/* The symbol's needed_by in the evidence; "" when it is not in it. Caller frees. */
static char *needed_by(const struct bg_tu *tu, const struct bg_closure *c, const char *name)
{
	json_t *all = bg_evidence_symbols(tu, c), *s;
	char *found = NULL;
	size_t i;

	json_array_foreach(all, i, s)
		if (bg_streq(json_string_value(json_object_get(s, "symbol")), name))
			found = bg_strdup(json_is_null(json_object_get(s, "needed_by")) ? "(root)" : json_string_value(json_object_get(s, "needed_by")));
	json_decref(all);
	return found ? found : bg_strdup("");
}

static void needs(const struct bg_tu *tu, const struct bg_closure *c, const char *name, const char *by)
{
	BG_CLEANUP(bg_freep) char *got = needed_by(tu, c, name);

	CU_ASSERT_STRING_EQUAL(got, by);
}

static void test_drop(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = NULL;
	struct bg_closure c = { 0 };
	size_t n;

	put("d.c", "#define ONE 1\nstatic int low(void) { return ONE; }\nstatic int middle(void) { return low(); }\nint f(void) { return middle(); }\n");
	CU_ASSERT_EQUAL_FATAL(scan_file("d.c", "", ds, &tu), 0);
	bg_closure_compute(tu, &decl_named(tu, "f")->item, 1, &c);
	n = c.n_items;
	needs(tu, &c, "low", "middle");
	bg_closure_drop(&c, tu, BG_NEED_ITEM, decl_named(tu, "middle")->item);
	needs(tu, &c, "middle", "");
	needs(tu, &c, "low", "f"); /* what was in for the one that went is in for what that one was in for */
	CU_ASSERT_EQUAL(c.n_items, n - 1);
	bg_closure_drop(&c, tu, BG_NEED_ITEM, decl_named(tu, "middle")->item); /* twice changes nothing */
	CU_ASSERT_EQUAL(c.n_items, n - 1);
	needs(tu, &c, "ONE", "low");
	for (uint32_t i = 0; i < tu->macros.n; i++)
		if (bg_streq(tu->macros.v[i].name, "ONE"))
			bg_closure_drop(&c, tu, BG_NEED_MACRO, i);
	needs(tu, &c, "ONE", "");
	CU_ASSERT_EQUAL(c.n_macros, 0);
	bg_closure_done(&c);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "the same types", test_same_types },
		{ "other types", test_other_types },
		{ "relocations", test_relocations },
		{ "unreadable objects", test_unreadable },
		{ "objects without types", test_no_types },
		{ "a closure without what went", test_drop },
	};

	return run_in_tmp("minimal", tests, BG_ARRAY_SIZE(tests));
}
