// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Of a large header only what a program can name is parsed, and nothing can be told by it: every unit is as if all had been. */
#include "extract/blank.h"

#include "extract/closure.h"
#include "extract/diag_ids.h"
#include "extract/emit.h"
#include "extract_fixture.h"

#define N_FILLERS 20000

/* The forms that bpftool writes, and 20,000 structs that lead to each other by pointers. */
static const char header_start[] =
	"#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\n\n"
	"#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n#endif\n\n"
	"typedef unsigned int u32;\n\ntypedef u32 wide_t;\n\nstruct xdp_md {\n\tu32 data;\n\tu32 data_end;\n};\n\n"
	"enum { ANON_ONE = 1, ANON_TWO = 2 };\n\nenum kind { KIND_A, KIND_B = 5 };\n\n"
	"struct filler_0;\n\ntypedef int (*callback_t)(struct only_in_callback *, u32);\n\n"
	"struct hidden {\n\tu32 h;\n};\n\ntypedef struct {\n\tint counter;\n} hidden_t;\n\n"
	"struct inner {\n\tenum kind kind;\n\tstruct {\n\t\tunion {\n\t\t\twide_t w;\n\t\t\tcallback_t cb;\n\t\t};\n\t};\n};\n\n"
	"struct far {\n\tint common;\n\tstruct hidden *hidden;\n};\n\nstruct near {\n\tstruct far *common;\n\tstruct far *unused;\n};\n\n"
	"struct outer {\n\tstruct inner in;\n\tstruct near *common;\n\tstruct task_struct *task;\n\tunsigned char bits: 3;\n\tchar name[16];\n};\n\n"
	"struct dropped {\n\tint x;\n}; /* trails */\n/* leads */\nstruct commented {\n\tint y;\n} __attribute__((packed));\n\n"
	"extern int bpf_kfunc(struct outer *o, enum kind k) __attribute__((weak, section(\".ksyms\")));\n\n";
static const char header_end[] =
	"struct task_struct {\n\tint pid;\n};\n\n#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n\n#endif\n";

static void put_header(void)
{
	struct bg_str s = { 0 };

	bg_str_add(&s, header_start);
	for (unsigned i = 0; i < N_FILLERS; i++)
		bg_str_addf(&s, "struct filler_%u {\n\tstruct filler_%u *common;\n\tlong int field_%u;\n};\n\n", i, (i * 7 + 1) % N_FILLERS, i);
	bg_str_add(&s, header_end);
	put("vmlinux.h", s.s);
	bg_str_done(&s);
}

static char *unit_of(const struct bg_tu *tu)
{
	struct bg_emit_head head = { "f", "r", NULL };
	const struct bg_f_decl *d = decl_named(tu, "f");
	struct bg_emit_counts n;
	struct bg_str out = { 0 };
	struct bg_closure c;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	bg_closure_compute(tu, &d->item, 1, &c);
	bg_emit(tu, &c, &head, &out, &n);
	bg_closure_done(&c);
	return bg_str_take(&out);
}

/* The unit of a program's f, in which all of these words occur, is the same with and without the whole header. */
static void same(const char *program, const char *const *words_in_it)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_tu_freep) struct bg_tu *some = NULL, *all = NULL;
	BG_CLEANUP(bg_freep) char *a = NULL, *b = NULL;

	put("p.c", program);
	CU_ASSERT_EQUAL(scan_file("p.c", "-I.", ds, &some), 0);
	setenv("BPFGRAFT_NO_BLANK", "1", 1);
	CU_ASSERT_EQUAL(scan_file("p.c", "-I.", ds, &all), 0);
	unsetenv("BPFGRAFT_NO_BLANK");
	bg_diags_flush(ds, stderr, false, BG_ERROR);
	CU_ASSERT_FATAL(some && all);
	CU_ASSERT(some->unread > N_FILLERS - 100); /* or else nothing is tested */
	CU_ASSERT_EQUAL(all->unread, 0);
	CU_ASSERT_EQUAL(some->unread + some->items.n, all->items.n);
	CU_ASSERT(some->n_text == all->n_text && memcmp(some->text, all->text, all->n_text) == 0);
	a = unit_of(some);
	b = unit_of(all);
	CU_ASSERT_STRING_EQUAL(a, b);
	for (; *words_in_it; words_in_it++)
		CU_ASSERT_PTR_NOT_NULL(strstr(a, *words_in_it));
}
#define SAME(program, ...) same(program, (const char *const[]){ __VA_ARGS__, NULL })

static void test_named(void)
{
	put_header();
	SAME("#include \"vmlinux.h\"\nint f(struct xdp_md *c) { struct inner i = { .kind = KIND_B }; return i.w + ANON_TWO; }\n", "ANON_TWO = 2",
	     "typedef u32 wide_t", "callback_t", "struct only_in_callback");
	SAME("#include \"vmlinux.h\"\nint f(struct commented *c) { return c->y + bpf_kfunc(0, KIND_A); }\n", "/* leads */\nstruct commented", "bpf_kfunc");
	SAME("#include \"vmlinux.h\"\nstatic int g(struct filler_77 *p) { return 0; }\nint f(void) { return g(0); }\n", "struct filler_77;");
}

/* Fields whose names say nothing, behind pointers: found out by clang's errors. */
static void test_fields(void)
{
	SAME("#include \"vmlinux.h\"\nint f(struct outer *o) { return o->common->common->common; }\n", "struct far {", "struct near {");
	SAME("#include \"vmlinux.h\"\nlong f(struct filler_5 *o) { return o->common->common->common->field_1772 + sizeof(*o->common->common); }\n",
	     "struct filler_253 {");
	SAME("#include \"vmlinux.h\"\nint f(struct outer *o) { return o->task->pid; }\n", "struct task_struct {");
}

/* Names that stand nowhere as words. */
static void test_pasted(void)
{
#define PASTE "#include \"vmlinux.h\"\n#define P(a, b) a##b\n"
	SAME(PASTE "int f(struct P(hid, den) *p) { return p != 0; }\n", "struct hidden {"); /* no error: BTF wants it complete */
	SAME(PASTE "static int g(struct P(hid, den) *p) { return 0; }\nint f(void) { return g(0); }\n", "struct hidden;");
	SAME(PASTE "int f(void) { P(hidden, _t) x = { 1 }; return x.counter + P(KIND_, B); }\n", "} hidden_t;", "enum kind");
	SAME(PASTE "int f(struct outer *o) { return o->common->P(com, mon)->hidden->h; }\n", "struct hidden {");
}

/* A tag that a system header declares first, and the large header defines. */
static void test_declared_before(void)
{
	SAME("typedef unsigned char __u8; typedef unsigned short __u16, __be16; typedef unsigned int __u32, __be32, __wsum; typedef unsigned long long __u64;\n"
	     "typedef int __s32; typedef long long __s64;\nenum bpf_map_type { BPF_MAP_TYPE_HASH };\n#include <bpf/bpf_helpers.h>\n#include \"vmlinux.h\"\n"
	     "struct holder { struct outer *o; };\nint f(struct outer *o) { return o->bits; }\n", "struct outer {");
}

static void test_errors(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *some = bg_diags_new(), *all = bg_diags_new();
	struct bg_tu *tu = NULL;

	put("bad.c", "#include \"vmlinux.h\"\nint f(struct outer *o) { return o->common->missing + sizeof(struct nowhere); }\n");
	CU_ASSERT_EQUAL(scan_file("bad.c", "-I.", some, &tu), -EINVAL);
	setenv("BPFGRAFT_NO_BLANK", "1", 1);
	CU_ASSERT_EQUAL(scan_file("bad.c", "-I.", all, &tu), -EINVAL);
	unsetenv("BPFGRAFT_NO_BLANK");
	CU_ASSERT_EQUAL_FATAL(bg_diags_count(some), bg_diags_count(all));
	CU_ASSERT(bg_diags_count(all) >= 2);
	for (size_t i = 0; i < bg_diags_count(all); i++) {
		CU_ASSERT_STRING_EQUAL(bg_diags_get(some, i)->message, bg_diags_get(all, i)->message);
		CU_ASSERT_EQUAL(bg_diags_get(some, i)->line, bg_diags_get(all, i)->line);
	}
}

/* A large header of another form is parsed as a whole. */
static void test_other_form(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = NULL;
	struct bg_str s = { 0 };

	bg_str_add(&s, "#define CLOSE }\nstruct odd { int o; CLOSE;\n");
	for (unsigned i = 0; i < N_FILLERS; i++)
		bg_str_addf(&s, "struct filler_%u { long int field_%u; };\n", i, i);
	put("odd.h", s.s);
	bg_str_done(&s);
	put("p.c", "#include \"odd.h\"\nint f(struct odd *o) { return o->o; }\n");
	CU_ASSERT_EQUAL(scan_file("p.c", "-I.", ds, &tu), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(tu);
	CU_ASSERT_EQUAL(tu->unread, 0);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "what words name", test_named }, { "what errors name", test_fields }, { "what only clang can name", test_pasted },
		{ "declared elsewhere first", test_declared_before }, { "errors are those of the whole header", test_errors },
		{ "another form", test_other_form },
	};

	return run_in_tmp("blank", tests, BG_ARRAY_SIZE(tests));
}
