// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What a helper's parameters are taken for: by type, by name, by what the body does with them. */
#include "extract/harness_args.h"
#include "extract_fixture.h"

static struct bg_args args;
static char *why;

static int read_args(const char *text, const char *context)
{
	BG_CLEANUP(bg_freep) char *path = in_tmp("unit.bpf.c");
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_strv none = { 0 };

	bg_args_done(&args);
	free(why);
	why = NULL;
	put("unit.bpf.c", text);
	return bg_args_read(path, &none, "f", context, ds, &args, &why);
}

/* One parameter of f in one line: "KIND TYPE[COUNT] FILL" and its fields. */
static char *said(size_t i)
{
	static const char *const kinds[] = { "fill", "scalar", "record", "object", "slot" }, *const fills[] = { "-", "data", "end", "context" };
	const struct bg_arg *a = &args.v.v[i];
	struct bg_str s = { 0 };

	if (i >= args.v.n)
		return bg_strdup("absent");
	bg_str_addf(&s, "%s %s %zu %s%s", kinds[a->kind], a->type ? a->type : "-", a->count, fills[a->fill], a->is_const ? " const" : "");
	for (size_t k = 0; k < a->fields.n; k++)
		bg_str_addf(&s, " %s=%s", a->fields.v[k].name, fills[a->fields.v[k].fill]);
	return bg_str_take(&s);
}

static void expect(const char *param, const char *body, const char *what)
{
	BG_CLEANUP(bg_freep) char *text = bg_printf("typedef unsigned int u32;\ntypedef _Bool flag;\nenum color { RED, GREEN };\nstruct xdp_md { u32 data, data_end; };\n"
		"struct opaque;\nstruct pair { u32 a, b; };\nstruct cursor { void *pos; void *data_end; struct xdp_md *md; struct pair *p; };\nint g(void *);\n"
		"int f(%s)\n{\n%s\n\treturn 0;\n}\n", param, body);
	BG_CLEANUP(bg_freep) char *got = NULL;

	CU_ASSERT_EQUAL(read_args(text, "xdp_md"), 0);
	got = said(0);
	if (strcmp(got, what))
		printf("\n'%s' is '%s', not '%s'\n", param, got, what);
	CU_ASSERT_STRING_EQUAL(got, what);
}

static void test_by_type(void)
{
	expect("struct xdp_md *ctx", "", "fill - 0 context");
	expect("const struct xdp_md *anything", "", "fill - 0 context");
	expect("u32 n", "", "scalar u32 1 -");
	expect("const u32 n", "", "scalar u32 1 - const");
	expect("flag on", "", "scalar flag 1 -");
	expect("enum color c", "", "scalar enum color 1 -");
	expect("struct pair p", "", "record struct pair 1 -");
	expect("struct pair *p", "", "object struct pair 1 -");
	expect("const struct pair *p", "", "object struct pair 1 - const");
	expect("struct opaque *o", "g(o);", "object unsigned char 64 -");
	expect("struct cursor *c", "", "object struct cursor 1 - pos=data data_end=end md=context");
	expect("struct cursor c", "", "record struct cursor 1 - pos=data data_end=end md=context");
	expect("struct pair **p", "", "slot struct pair * 1 -");
	expect("void **anything", "", "slot void * 1 data");
	expect("struct xdp_md **c", "", "slot struct xdp_md * 1 context");
	expect("u32 address[4]", "", "object u32 4 -");
}

static void test_by_name(void)
{
	expect("void *data", "", "fill - 0 data");
	expect("void *data_end", "", "fill - 0 end");
	expect("const unsigned char *packet", "", "fill - 0 data");
	expect("void **data_end", "", "slot void * 1 end");
	expect("void *key", "g(key);", "object unsigned char 64 -");
	expect("void *key, void *end", "", "fill - 0 data");
	expect("u32 *data", "", "object u32 1 -");
	expect("u32", "", "scalar u32 1 -");
	CU_ASSERT_STRING_EQUAL(args.v.v[0].name, "arg1");
}

static void test_by_body(void)
{
	expect("unsigned char *protocol", "*protocol = 1; *(protocol) += 2;", "object unsigned char 1 -");
	expect("unsigned char *protocol", "protocol[3] = 1;", "object unsigned char 64 -");
	expect("u32 *address", "g(address);", "object u32 16 -");
	expect("struct pair *p, void *data_end", "if ((void *)(p + 1) > data_end) return 1;", "fill - 0 data");
	expect("struct pair *p, struct xdp_md *md", "if ((long)(p + 1) > md->data_end) return 1;", "fill - 0 data");
	expect("struct cursor *c, void *data_end", "if (c->pos + 1 > data_end) return 1;", "object struct cursor 1 - pos=data data_end=end md=context");
	expect("u32 n, u32 *p, void *data_end", "if (n + 1 > *p) return 1;", "scalar u32 1 -");
}

static void test_result(void)
{
	CU_ASSERT_EQUAL(read_args("void f(void) { }", "xdp_md"), 0);
	CU_ASSERT_EQUAL(args.result, BG_RESULT_NONE);
	CU_ASSERT_EQUAL(args.v.n, 0);
	CU_ASSERT_FALSE(args.knows_context);
	CU_ASSERT_EQUAL(read_args("struct xdp_md;\nlong f(void) { return 1; }", "xdp_md"), 0);
	CU_ASSERT_EQUAL(args.result, BG_RESULT_NUMBER);
	CU_ASSERT_FALSE(args.knows_context);
	CU_ASSERT_EQUAL(read_args("struct xdp_md { int data; };\nchar *f(void) { return 0; }", "xdp_md"), 0);
	CU_ASSERT_EQUAL(args.result, BG_RESULT_POINTER);
	CU_ASSERT_TRUE(args.knows_context);
	CU_ASSERT_EQUAL(read_args("struct s { int a; };\nstatic inline struct s f(void) { return (struct s){ 1 }; }", "xdp_md"), 0);
	CU_ASSERT_EQUAL(args.result, BG_RESULT_RECORD);
	CU_ASSERT_STRING_EQUAL(args.result_type, "struct s");
}

static void test_refused(void)
{
	CU_ASSERT_EQUAL(read_args("int f(int (*g)(int)) { return g(1); }", "xdp_md"), -ENOTSUP);
	CU_ASSERT_STRING_EQUAL(why, "parameter 'g' is a pointer to a function");
	CU_ASSERT_EQUAL(read_args("int f(const char *fmt, ...) { return *fmt; }", "xdp_md"), -ENOTSUP);
	CU_ASSERT_STRING_EQUAL(why, "it takes a variable number of arguments");
	CU_ASSERT_EQUAL(read_args("int h(int n) { return n; }", "xdp_md"), -EINVAL);
	CU_ASSERT_EQUAL(read_args("int f(int n);", "xdp_md"), -EINVAL);
}

static const struct bg_test tests[] = {
	{ "parameters by type", test_by_type },
	{ "parameters by name", test_by_name },
	{ "parameters by what the body does", test_by_body },
	{ "results", test_result },
	{ "what nothing can be passed for", test_refused },
};

int main(void)
{
	int failures = run_in_tmp("harness_args", tests, BG_ARRAY_SIZE(tests));

	bg_args_done(&args);
	free(why);
	return failures;
}
