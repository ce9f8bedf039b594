// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Objects are compiled here, in pairs that do or do not hold the same program. */
#include "extract/objcmp.h"

#include "extract_fixture.h"

#define HEAD "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
#define LICENCE "char L[] SEC(\"license\") = \"GPL\";\n"
#define MAP(name, type, value, entries, more) \
	"struct { __uint(type, BPF_MAP_TYPE_" type "); __uint(max_entries, " entries "); __type(key, __u32); __type(value, " value "); " more \
	" } " name " SEC(\".maps\");\n"
#define LOOKUP "SEC(\"xdp\") int prog(struct xdp_md *c) { __u32 k = 1; return bpf_map_lookup_elem(&m, &k) ? 1 : 2; }\n" LICENCE

/* Compares prog of two sources; the result is to be released. */
static int compare(const char *left, const char *right, struct bg_objcmp *r)
{
	BG_CLEANUP(bg_freep) char *l = object("left", left, ""), *rt = object("right", right, "");

	return bg_objcmp(l, rt, "prog", r);
}

static void expect(const char *left, const char *right, const char *differing)
{
	struct bg_objcmp r;

	CU_ASSERT_EQUAL(compare(left, right, &r), 0);
	if (r.same != !differing)
		fprintf(stderr, "\n  function %s, instruction %zu: %s / %s\n", r.function, r.instruction, r.left, r.right);
	CU_ASSERT_EQUAL(r.same, !differing);
	CU_ASSERT(differing ? bg_streq(r.function, differing) : !r.function);
	bg_objcmp_done(&r);
}

static void test_same_in_another_layout(void)
{
	/* other functions, strings and data before it move everything, and renumber the strings */
	expect(HEAD "static const char spare[] = \"spare text\"; int g0, g1 = 4;\n"
	       "SEC(\"xdp\") int first(struct xdp_md *c) { bpf_printk(\"first %d %s\", g0++, spare); return g1++; }\n"
	       "static __noinline int other(int x) { return x * x + 4; }\n"
	       "static __noinline int sub(int x) { return x > 7 ? x * 3 : other(x); }\n"
	       "SEC(\"xdp\") int prog(struct xdp_md *c) { bpf_printk(\"hello %d\", 1); g1 += sub(c->rx_queue_index); return 2; }\n" LICENCE,
	       HEAD "int g1 = 4;\n"
	       "static __noinline int other(int x) { return x * x + 4; }\n"
	       "static __noinline int sub(int x) { return x > 7 ? x * 3 : other(x); }\n"
	       "SEC(\"xdp\") int prog(struct xdp_md *c) { bpf_printk(\"hello %d\", 1); g1 += sub(c->rx_queue_index); return 2; }\n" LICENCE, NULL);
}

static void test_counts(void)
{
	struct bg_objcmp r;
	static const char text[] = HEAD "static __noinline int sub(int x) { return x * 3; }\n"
		"SEC(\"xdp\") int prog(struct xdp_md *c) { return sub(c->rx_queue_index); }\n" LICENCE;

	CU_ASSERT_EQUAL(compare(text, text, &r), 0);
	CU_ASSERT(r.same);
	CU_ASSERT_EQUAL(r.subprograms, 1);
	CU_ASSERT(r.instructions >= 6 && r.instructions <= 8);
	bg_objcmp_done(&r);
}

#define XDP(body) HEAD "int g, h;\nSEC(\"xdp\") int prog(struct xdp_md *c) { " body " }\n" LICENCE

static void test_differing_code(void)
{
	struct bg_objcmp r;

	expect(XDP("return 1;"), XDP("return 2;"), "prog");
	expect(XDP("return c->rx_queue_index;"), XDP("return c->ingress_ifindex;"), "prog");
	expect(XDP("return 1;"), XDP("return c->rx_queue_index + 1;"), "prog");
	expect(XDP("g++; return 1;"), XDP("h++; return 1;"), "prog"); /* the same but for the relocation */
	expect(XDP("return bpf_get_smp_processor_id();"), XDP("return bpf_get_prandom_u32();"), "prog");
	expect(XDP("*(volatile long *)&g = 0x1122334455667788LL; return 0;"), XDP("*(volatile long *)&g = 0x1122334555667788LL; return 0;"), "prog");
	CU_ASSERT_EQUAL(compare(XDP("return 1;"), XDP("return 2;"), &r), 0);
	CU_ASSERT(r.instruction == 0 && r.left && r.right && strcmp(r.left, r.right) && strstr(r.left, "imm 1") && strstr(r.right, "imm 2"));
	bg_objcmp_done(&r);
}

#define TABLE(a) HEAD "static const int t[4] = { 1, 2, " a ", 4 };\n" \
	"SEC(\"xdp\") int prog(struct xdp_md *c) { return t[c->rx_queue_index & 3]; }\n" LICENCE

static void test_differing_data(void)
{
	expect(TABLE("3"), TABLE("3"), NULL);
	expect(TABLE("3"), TABLE("5"), "prog");
	expect(XDP("bpf_printk(\"one\"); return 1;"), XDP("bpf_printk(\"two\"); return 1;"), "prog");
	expect(XDP("bpf_printk(\"one\"); return 1;"), XDP("bpf_printk(\"one\"); return 1;"), NULL);
}

static void test_differing_section(void)
{
	expect(XDP("return 1;"), HEAD "SEC(\"xdp.frags\") int prog(struct xdp_md *c) { return 1; }\n" LICENCE, "prog");
}

#define SUB(body) HEAD "int g;\nstatic __noinline int deep(int x) { " body " }\nstatic __noinline int sub(int x) { return deep(x) + 1; }\n" \
	"SEC(\"xdp\") int prog(struct xdp_md *c) { return sub(c->rx_queue_index); }\n" LICENCE
#define CALLBACK(name, body) HEAD "static long " name "(__u32 i, void *p) { " body " }\n" \
	"SEC(\"xdp\") int prog(struct xdp_md *c) { bpf_loop(3, " name ", 0, 0); return 1; }\n" LICENCE

static void test_subprograms(void)
{
	expect(SUB("return x * 5;"), SUB("return x * 5;"), NULL);
	expect(SUB("return x * 5;"), SUB("return x * 6;"), "deep");
	expect(CALLBACK("cb", "return 0;"), CALLBACK("cb", "return 0;"), NULL);
	expect(CALLBACK("cb", "return 0;"), CALLBACK("cb", "return 1;"), "cb");
	expect(CALLBACK("cb", "return 0;"), CALLBACK("dc", "return 0;"), "prog");
}

static void test_missing(void)
{
	struct bg_objcmp r;
	BG_CLEANUP(bg_freep) char *o = object("o", XDP("return 1;"), ""), *text = in_tmp("text"), *none = in_tmp("none"), *empty = in_tmp("empty");

	CU_ASSERT_EQUAL(bg_objcmp(o, o, "no_such_function", &r), -ENOENT);
	bg_objcmp_done(&r);
	put("text", "this is no object\n");
	put("empty", "");
	CU_ASSERT_EQUAL(bg_objcmp(o, text, "prog", &r), -EINVAL);
	bg_objcmp_done(&r);
	CU_ASSERT_EQUAL(bg_objcmp(empty, o, "prog", &r), -EINVAL);
	bg_objcmp_done(&r);
	CU_ASSERT_EQUAL(bg_objcmp(o, none, "prog", &r), -EINVAL);
	bg_objcmp_done(&r);
	CU_ASSERT_EQUAL(compare(XDP("return 1;"), HEAD "int prog = 3;\n", &r), -ENOENT); /* a variable of that name */
	bg_objcmp_done(&r);
}

static void maps(const char *left, const char *right, const char *differing)
{
	BG_CLEANUP(bg_freep) char *l = object("left", left, ""), *r = object("right", right, ""), *text = NULL;

	CU_ASSERT_EQUAL(bg_objcmp_maps(l, r, &text), 0);
	if (!text != !differing || (text && !strstr(text, differing)))
		fprintf(stderr, "\n  expected %s, got %s\n", differing ? differing : "no difference", text ? text : "none");
	CU_ASSERT_EQUAL(!text, !differing);
	CU_ASSERT(!text || strstr(text, differing));
}

static void test_maps(void)
{
	static const char base[] = HEAD MAP("m", "HASH", "__u64", "8", "") LOOKUP;

	maps(base, base, NULL);
	maps(HEAD MAP("spare", "HASH", "__u64", "8", "") MAP("m", "HASH", "__u64", "8", "") LOOKUP, base, NULL);
	maps(base, HEAD MAP("m", "LRU_HASH", "__u64", "8", "") LOOKUP, "map 'm': type 9");
	maps(base, HEAD MAP("m", "HASH", "__u32", "8", "") LOOKUP, "value size 4");
	maps(base, HEAD MAP("m", "HASH", "__u64", "9", "") LOOKUP, "max entries 9");
	maps(base, HEAD MAP("m", "HASH", "__u64", "8", "__uint(map_flags, 1);") LOOKUP, "flags 0x1");
	maps(base, HEAD MAP("m", "HASH", "__u64", "8", "__uint(pinning, 1);") LOOKUP, "pinning '/");
	maps(base, HEAD MAP("m", "HASH", "__s64", "8", "") LOOKUP, "map 'm'"); /* the same size */
	maps(HEAD MAP("n", "HASH", "__u64", "8", "") LICENCE, base, "upstream: absent");
	/* only an internal map more: its content is compared where it is used */
	maps(HEAD "int g = 3;\n" MAP("m", "HASH", "__u64", "8", "") LOOKUP, base, NULL);
}

#define VALUE(members) HEAD "struct v { " members " };\n" MAP("m", "ARRAY", "struct v", "2", "") LOOKUP

static void test_map_types(void)
{
	maps(VALUE("int a, b;"), VALUE("int a, b;"), NULL);
	maps(VALUE("int a, b;"), VALUE("int a, c;"), "map 'm'");
	maps(VALUE("int a, b;"), VALUE("int b, a;"), "map 'm'");
	maps(VALUE("struct { int x; } a; int b;"), VALUE("struct { int y; } a; int b;"), "map 'm'");
	maps(VALUE("struct v *next; int n[4];"), VALUE("struct v *next; int n[4];"), NULL); /* ends although it points to itself */
	maps(VALUE("int n[4];"), VALUE("int n[2][2];"), "map 'm'");
	maps(VALUE("unsigned a:3, b:29;"), VALUE("unsigned a:4, b:28;"), "map 'm'");
}

#define OUTER(entries) HEAD "struct in { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, " entries "); __type(key, __u32); " \
	"__type(value, __u32); };\nstruct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __uint(key_size, 4); " \
	"__array(values, struct in); } m SEC(\".maps\");\n" LOOKUP

static void test_inner_maps(void)
{
	maps(OUTER("3"), OUTER("3"), NULL);
	maps(OUTER("3"), OUTER("4"), "inner map (");
}

#define LEGACY(value) "struct def { unsigned type, key, value, max, flags; };\n" \
	"__attribute__((section(\"maps\"), used)) struct def m = { 1, 4, " value ", 8, 0 };\n" \
	"__attribute__((section(\"maps\"), used)) struct def n = { 2, 4, 4, 1, 0 };\n"

static void test_legacy_maps(void)
{
	maps(LEGACY("8"), LEGACY("8"), NULL);
	maps(LEGACY("8"), LEGACY("16"), "map 'm': its legacy definition");
}

static void types(const char *left, const char *right, const char *differing)
{
	BG_CLEANUP(bg_freep) char *l = object("left", left, ""), *r = object("right", right, ""), *text = NULL;

	CU_ASSERT_EQUAL(bg_objcmp_types(l, r, &text), 0);
	if (!text != !differing || (text && !strstr(text, differing)))
		fprintf(stderr, "\n  expected %s, got %s\n", differing ? differing : "no difference", text ? text : "none");
	CU_ASSERT(differing ? text && strstr(text, differing) : !text);
}

#define GLOBAL(structure, result) HEAD structure "\n__noinline " result " fill(struct pair *p) { return p != 0; }\n" \
	"SEC(\"xdp\") int prog(struct xdp_md *c) { return fill((void *)(long)c->rx_queue_index); }\n" LICENCE
#define KERNEL(result, parameter) HEAD "struct pair { int a; };\nextern " result " bg_none(" parameter ") __ksym __weak;\n" \
	"SEC(\"xdp\") int prog(struct xdp_md *c) { return bg_none && bg_none(0); }\n" LICENCE
#define CONFIG(type) HEAD "extern " type " CONFIG_BG __kconfig __weak;\nSEC(\"xdp\") int prog(struct xdp_md *c) { return CONFIG_BG; }\n" LICENCE

static void test_types(void)
{
	types(GLOBAL("struct pair { int a, b; };", "int"), GLOBAL("struct pair { int a, b; };", "int"), NULL);
	types(GLOBAL("struct pair { int a, b; };", "int"), GLOBAL("struct pair { int a, b, c; };", "int"), "'fill': function of linkage 1: int (* struct pair of 12 bytes)");
	types(GLOBAL("struct pair { int a, b; };", "int"), GLOBAL("struct pair;", "int"), "declared only");
	types(GLOBAL("struct pair { int a, b; };", "int"), GLOBAL("struct pair { int a, b; };", "static int"), "'fill': function of linkage 0");
	types(KERNEL("int", "struct pair *p"), KERNEL("int", "struct pair *p"), NULL);
	types(KERNEL("int", "struct pair *p"), KERNEL("int", "struct pair **p"), "'bg_none'");
	types(KERNEL("int", "struct pair *p"), KERNEL("long", "struct pair *p"), "'bg_none'");
	types(CONFIG("int"), CONFIG("unsigned"), "'CONFIG_BG': variable");
}

#define CORE(members, access) HEAD "#include <bpf/bpf_core_read.h>\nstruct task_struct { " members " } __attribute__((preserve_access_index));\n" \
	"SEC(\"xdp\") int prog(struct xdp_md *c) { struct task_struct *t = (void *)bpf_get_current_task(); return BPF_CORE_READ(t, " access "); }\n" LICENCE

/* The same instructions, but libbpf looks up another field. */
static void test_core_relocations(void)
{
	struct bg_objcmp r;

	expect(CORE("int pid, tgid;", "tgid"), CORE("int pid, tgid;", "tgid"), NULL);
	expect(CORE("int pid, tgid;", "tgid"), CORE("int pid, tgid2;", "tgid2"), "prog");
	expect(CORE("union { int pid; int tgid; };", "pid"), CORE("union { int pid; int tgid; };", "tgid"), "prog");
	expect(CORE("int pid;", "pid"), CORE("unsigned pid;", "pid"), "prog");
	CU_ASSERT_EQUAL(compare(CORE("int pid, tgid;", "tgid"), CORE("int pid, tgid2;", "tgid2"), &r), 0);
	CU_ASSERT(strstr(r.left, "0:1 of struct task_struct.tgid int") && strstr(r.right, ".tgid2 int"));
	bg_objcmp_done(&r);
}

/* Whatever the bytes: an answer or a refusal, never a crash (the sanitizers watch). */
static void test_damaged_objects(void)
{
	BG_CLEANUP(bg_freep) char *good = object("good", SUB("bpf_printk(\"x\"); return g++ * 5 + x;"), ""), *bad = in_tmp("bad.bpf.o");
	struct bg_str bytes = { 0 };
	uint32_t seed = 99;
	size_t refused = 0;

	CU_ASSERT_EQUAL_FATAL(bg_read_file(good, 0, &bytes), 0);
	for (int round = 0; round < 400; round++) {
		BG_CLEANUP(bg_freep) char *copy = malloc(bytes.n), *text = NULL;
		size_t n = bytes.n;
		struct bg_objcmp r;

		memcpy(copy, bytes.s, n);
		for (int k = 0; k < 1 + round % 8; k++) {
			seed = seed * 1664525u + 1013904223u;
			copy[(round % 2 ? seed >> 8 : seed >> 8 & 63) % n] = (char)(seed >> 3);
		}
		if (round % 5 == 0)
			n = (seed >> 8) % n;
		put_n("bad.bpf.o", copy, n);
		refused += bg_objcmp(good, bad, "prog", &r) != 0;
		bg_objcmp_done(&r);
		bg_objcmp(bad, good, "prog", &r);
		bg_objcmp_done(&r);
		bg_objcmp_maps(good, bad, &text);
		free(BG_TAKE(text));
		bg_objcmp_types(good, bad, &text);
	}
	CU_ASSERT(refused > 10);
	bg_str_done(&bytes);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "the same in another layout", test_same_in_another_layout },
		{ "counts", test_counts },
		{ "differing code", test_differing_code },
		{ "differing read-only data", test_differing_data },
		{ "differing section", test_differing_section },
		{ "subprograms", test_subprograms },
		{ "missing things", test_missing },
		{ "maps", test_maps },
		{ "types of maps", test_map_types },
		{ "inner maps", test_inner_maps },
		{ "legacy maps", test_legacy_maps },
		{ "types", test_types },
		{ "CO-RE relocations", test_core_relocations },
		{ "damaged objects", test_damaged_objects },
	};

	return run_in_tmp("objcmp", tests, BG_ARRAY_SIZE(tests));
}
