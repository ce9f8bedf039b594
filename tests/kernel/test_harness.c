// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Programs around helper functions, in the kernel: extracted, loaded, given arguments and packets by BPF_PROG_TEST_RUN, and
 * asked what came of it. What must come is computed here, not by the functions.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "core/load.h"
#include "extract/extract.h"
#include "extract_fixture.h"

#define HEAD "#include <linux/bpf.h>\n#include <linux/if_ether.h>\n#include <linux/ip.h>\n#include <bpf/bpf_helpers.h>\n"
#define GPL  "char LICENSE[] SEC(\"license\") = \"GPL\";\n"

static struct bg_diags *ds;
static struct bg_extract_result unit;
static struct bpf_object *obj;
static struct bpf_program *prog;
static int calls;

static const json_t *harness(const char *key)
{
	return json_object_get(json_object_get(unit.report, "harness"), key);
}

/* Extracts a function of a file of the repository; with a harness that loaded, opens and loads that once more, to be run. */
static enum bg_exit extract(const char *file, const char *function, bool verify)
{
	BG_CLEANUP(bg_freep) char *repo_dir = in_tmp("repo"), *out = bg_printf("%s/out%d", tmp.path, ++calls), *index = in_tmp("index.sqlite");
	const struct bg_spec_repo repo = { .name = (char *)"repo", .url = repo_dir };
	const struct bg_spec_extract what = { .name = (char *)function, .file = (char *)file, .function = (char *)function };
	const struct bg_extract_job job = { .repo = &repo, .what = &what, .dir = out, .verify = verify, .offline = true, .index_path = index };
	BG_CLEANUP(bg_freep) char *path = bg_printf("%s/%s.harness.bpf.o", out, function), *entry = bg_printf("bg_harness_%s", function);
	enum bg_exit e;

	bg_object_closep(&obj);
	obj = NULL;
	bg_extract_result_done(&unit);
	bg_diags_free(ds);
	ds = bg_diags_new();
	e = bg_extract_run(&job, ds, &unit);
	if (json_is_true(harness("loads")))
		CU_ASSERT_EQUAL(bg_load(path, entry, &(struct bg_load_opts){ 0 }, ds, &obj, &prog), 0);
	bg_diags_flush(ds, stderr, false, BG_WARNING);
	return e;
}

/* Where a member of one of the harness's variables is in .bss. */
static uint32_t offset_of(const char *variable, const char *member)
{
	const struct btf *btf = bpf_object__btf(obj);
	const struct btf_type *sec = btf__type_by_id(btf, (uint32_t)btf__find_by_name_kind(btf, ".bss", BTF_KIND_DATASEC));

	for (int i = 0; sec && i < btf_vlen(sec); i++) {
		const struct btf_var_secinfo *info = &btf_var_secinfos(sec)[i];
		const struct btf_type *var = btf__type_by_id(btf, info->type), *s = btf__type_by_id(btf, var->type);

		if (!bg_streq(btf__name_by_offset(btf, var->name_off), variable))
			continue;
		for (int k = 0; k < btf_vlen(s); k++)
			if (bg_streq(btf__name_by_offset(btf, btf_members(s)[k].name_off), member))
				return info->offset + btf_member_bit_offset(s, (uint32_t)k) / 8;
	}
	CU_FAIL_FATAL("the harness has no such member");
	return 0;
}

static uint8_t bss[4096];

static int bss_map(void)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, obj)
		if (bg_ends(bpf_map__name(m), ".bss") && bpf_map__value_size(m) <= sizeof(bss))
			return bpf_map__fd(m);
	return -1;
}

static void set(const char *member, const void *value, size_t n)
{
	uint32_t key = 0, at = offset_of("bg_harness_in", member);

	CU_ASSERT_EQUAL_FATAL(bpf_map_lookup_elem(bss_map(), &key, bss), 0);
	memcpy(bss + at, value, n);
	CU_ASSERT_EQUAL_FATAL(bpf_map_update_elem(bss_map(), &key, bss, BPF_ANY), 0);
}

static void get(const char *member, void *value, size_t n)
{
	uint32_t key = 0, at = offset_of("bg_harness_out", member);

	CU_ASSERT_EQUAL_FATAL(bpf_map_lookup_elem(bss_map(), &key, bss), 0);
	memcpy(value, bss + at, n);
}

static uint8_t result[2048];
static uint32_t n_result;

static int run(const uint8_t *packet, size_t n)
{
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = packet, .data_size_in = (uint32_t)n, .data_out = result, .data_size_out = sizeof(result), .repeat = 1);

	CU_ASSERT_EQUAL_FATAL(bpf_prog_test_run_opts(bpf_program__fd(prog), &o), 0);
	n_result = o.data_size_out;
	return (int)o.retval;
}

/* An Ethernet frame with an IPv4 header, and a pattern up to n bytes. */
static void make_frame(uint8_t *frame, size_t n)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 60, 1, 2, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 };

	for (size_t i = 0; i < n; i++)
		frame[i] = (uint8_t)(i * 7 + 3);
	memcpy(frame, head, sizeof(head) < n ? sizeof(head) : n);
}

/* The context, an object that is read, one that is written, a number, a result. */
static void test_context(void)
{
	const struct { uint32_t id; uint8_t prio, pad[3]; } shim = { 0x0a0b0c0d, 5, { 0 } };
	const uint32_t before[2] = { 6, 100 };
	uint32_t after[2];
	uint8_t frame[100], number = 9;

	put("repo/shim.c", HEAD
	    "struct shim { __u32 id; __u8 prio; };\nstruct tally { __u32 frames, bytes; };\n"
	    "static __always_inline int push(struct xdp_md *ctx, const struct shim *s, struct tally *t, __u8 number)\n{\n"
	    "\t__u8 *p;\n\tif (bpf_xdp_adjust_head(ctx, -6))\n\t\treturn -1;\n\tp = (void *)(long)ctx->data;\n"
	    "\tif (p + 6 > (__u8 *)(long)ctx->data_end)\n\t\treturn -2;\n"
	    "\t__builtin_memcpy(p, &s->id, 4);\n\tp[4] = s->prio;\n\tp[5] = number;\n\tt->frames++;\n\tt->bytes += 6;\n\treturn t->frames * 10 + number;\n}\n"
	    "SEC(\"xdp\") int entry(struct xdp_md *ctx)\n{\n\tstruct shim s = { 1, 2 };\n\tstruct tally t = { 0 };\n"
	    "\treturn push(ctx, &s, &t, 3) < 0 ? XDP_DROP : XDP_PASS;\n}\n" GPL);
	CU_ASSERT_EQUAL_FATAL(extract("shim.c", "push", true), BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(json_string_value(harness("hook")), "xdp");
	CU_ASSERT_TRUE_FATAL(json_is_true(harness("loads")));
	make_frame(frame, sizeof(frame));
	set("s", &shim, sizeof(shim));
	set("t", before, sizeof(before));
	set("number", &number, 1);
	CU_ASSERT_EQUAL(run(frame, sizeof(frame)), 79);
	CU_ASSERT_EQUAL_FATAL(n_result, sizeof(frame) + 6);
	CU_ASSERT_EQUAL(memcmp(result, &shim.id, 4), 0);
	CU_ASSERT_EQUAL(result[4], 5);
	CU_ASSERT_EQUAL(result[5], 9);
	CU_ASSERT_EQUAL(memcmp(result + 6, frame, sizeof(frame)), 0);
	get("t", after, sizeof(after));
	CU_ASSERT_EQUAL(after[0], 7);
	CU_ASSERT_EQUAL(after[1], 106);
}

static uint16_t checksum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* A function whose callers have checked the bounds: short packets do not reach it. */
static void test_checked_packet(void)
{
	uint8_t frame[200];

	put("repo/sum.c", HEAD
	    "static __always_inline __u16 sum_of(void *data)\n{\n\t__u8 *p = data;\n\t__u32 sum = 0;\n"
	    "#pragma unroll\n\tfor (int i = 0; i < 20; i += 2)\n\t\tsum += p[14 + i] << 8 | p[15 + i];\n"
	    "\tsum = (sum & 0xffff) + (sum >> 16);\n\tsum = (sum & 0xffff) + (sum >> 16);\n\treturn ~sum;\n}\n"
	    "SEC(\"tc\") int entry(struct __sk_buff *skb)\n{\n\tvoid *data = (void *)(long)skb->data;\n"
	    "\tif (data + 34 > (void *)(long)skb->data_end)\n\t\treturn 2;\n\treturn sum_of(data) == 0 ? 0 : 2;\n}\n" GPL);
	CU_ASSERT_EQUAL_FATAL(extract("sum.c", "sum_of", true), BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(json_string_value(harness("hook")), "tc-ingress");
	CU_ASSERT_EQUAL(json_integer_value(harness("bounds")), 64);
	CU_ASSERT_TRUE_FATAL(json_is_true(harness("loads")));
	make_frame(frame, sizeof(frame));
	CU_ASSERT_EQUAL(run(frame, 64), checksum(frame + 14, 20));
	frame[20] ^= 0x5a;
	CU_ASSERT_EQUAL(run(frame, sizeof(frame)), checksum(frame + 14, 20));
	CU_ASSERT_EQUAL(run(frame, 63), -1);
}

/* A number that has to be small beside a packet pointer, and pointers that are handed back. */
static void test_offset(void)
{
	uint8_t frame[100];
	uint64_t offset = 14, hit, packet_end;
	uint32_t addresses[2];

	put("repo/look.c", HEAD
	    "struct pair { __u32 from, to; };\n"
	    "static __always_inline int look(void *data, void *data_end, __u64 off, struct pair *p, struct iphdr **hit, void **rest)\n{\n"
	    "\tstruct iphdr *h = data + off;\n\tif ((void *)(h + 1) > data_end)\n\t\treturn -1;\n"
	    "\tp->from = h->saddr;\n\tp->to = h->daddr;\n\t*hit = h;\n\t*rest = h + 1;\n\treturn h->ttl;\n}\n"
	    "SEC(\"xdp\") int entry(struct xdp_md *ctx)\n{\n\tstruct pair p;\n\tstruct iphdr *h;\n\tvoid *rest;\n"
	    "\treturn look((void *)(long)ctx->data, (void *)(long)ctx->data_end, 14, &p, &h, &rest) > 0 && p.from ? XDP_PASS : XDP_DROP;\n}\n" GPL);
	CU_ASSERT_EQUAL_FATAL(extract("look.c", "look", true), BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(json_string_value(harness("numbers")), "small");
	CU_ASSERT_TRUE_FATAL(json_is_true(harness("loads")));
	make_frame(frame, sizeof(frame));
	set("off", &offset, sizeof(offset));
	CU_ASSERT_EQUAL(run(frame, sizeof(frame)), 64);
	get("p", addresses, sizeof(addresses));
	CU_ASSERT_EQUAL(memcmp(addresses, frame + 26, 8), 0);
	get("hit", &hit, sizeof(hit));
	get("rest", &packet_end, sizeof(packet_end));
	CU_ASSERT_EQUAL(packet_end - hit, 20);
	CU_ASSERT_EQUAL(run(frame, 33), -1);
}

/* In a header, where no program reaches it: the index knows the programs of other files that do. */
static void test_header(void)
{
	uint32_t value = 1000, bits = 3;

	put("repo/bits.h", "#ifndef BITS_H\n#define BITS_H\n#include <linux/types.h>\n"
	    "static inline __u64 rotate(__u32 value, __u32 bits)\n{\n\treturn value << (bits & 31) | value >> (-bits & 31);\n}\n#endif\n");
	put("repo/bits.c", HEAD "#include \"bits.h\"\n"
	    "SEC(\"tc\") int entry(struct __sk_buff *skb)\n{\n\treturn rotate(skb->mark, skb->priority) & 1 ? 2 : 0;\n}\n" GPL);
	CU_ASSERT_EQUAL_FATAL(extract("bits.h", "rotate", true), BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(json_string_value(harness("hook")), "xdp");
	CU_ASSERT_EQUAL_FATAL(extract("bits.c", "entry", true), BG_EXIT_OK);
	CU_ASSERT_TRUE(json_is_null(json_object_get(unit.report, "harness")));
	CU_ASSERT_EQUAL_FATAL(extract("bits.h", "rotate", true), BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(json_string_value(harness("hook")), "tc-ingress");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_object_get(unit.report, "verdict"), "level")), "same");
	CU_ASSERT_TRUE_FATAL(json_is_true(harness("loads")));
	set("value", &value, sizeof(value));
	set("bits", &bits, sizeof(bits));
	CU_ASSERT_EQUAL(run((const uint8_t *)"an Ethernet header's worth", 26), 8000);
}

/* Without verification the harness is only written. */
static void test_only_written(void)
{
	BG_CLEANUP(bg_freep) char *source = NULL, *compiled = NULL;

	put("repo/add.c", HEAD "int add(int a, int b)\n{\n\treturn a + b;\n}\n" GPL);
	CU_ASSERT_EQUAL_FATAL(extract("add.c", "add", false), BG_EXIT_OK);
	CU_ASSERT_TRUE(json_is_null(harness("loads")));
	source = bg_printf("%s/out%d/add.harness.bpf.c", tmp.path, calls);
	compiled = bg_printf("%s/out%d/add.harness.bpf.o", tmp.path, calls);
	CU_ASSERT_TRUE(bg_exists(source));
	CU_ASSERT_FALSE(bg_exists(compiled));
}

/* What level n of the nest computes, and does to the maps. */
static uint32_t model(int n, const uint8_t *frame, uint32_t x, uint32_t maps[4][8])
{
	for (; n >= 0; n--) {
		uint32_t *v = &maps[n % 4][x & 7];

		x = x * 31 + *v + frame[n];
		*v += (uint32_t)n + 1;
	}
	return x;
}

/* Forty functions, each inlined into the next, over four maps that they read and write. */
static void test_nest(void)
{
	uint32_t maps[4][8] = { { 0 } }, x = 0x01020304;
	struct bg_str source = { 0 };
	uint8_t frame[100];

	bg_str_add(&source, HEAD);
	for (int i = 0; i < 4; i++)
		bg_str_addf(&source, "struct {\n\t__uint(type, BPF_MAP_TYPE_ARRAY);\n\t__uint(max_entries, 8);\n\t__type(key, __u32);\n"
			    "\t__type(value, __u32);\n} stage_%d SEC(\".maps\");\n", i);
	for (int i = 0; i < 40; i++) {
		BG_CLEANUP(bg_freep) char *next = i ? bg_printf("level_%d(data, data_end, x)", i - 1) : bg_strdup("x");

		bg_str_addf(&source, "static __always_inline __u32 level_%d(__u8 *data, __u8 *data_end, __u32 x)\n{\n\t__u32 key = x & 7, *v;\n"
			    "\tif (data + %d >= data_end)\n\t\treturn 0;\n\tv = bpf_map_lookup_elem(&stage_%d, &key);\n\tif (v) {\n"
			    "\t\tx = x * 31 + *v + data[%d];\n\t\t*v += %d;\n\t}\n\treturn %s;\n}\n", i, i, i % 4, i, i + 1, next);
	}
	bg_str_add(&source, "SEC(\"xdp\") int entry(struct xdp_md *ctx)\n{\n\treturn level_39((void *)(long)ctx->data, "
		   "(void *)(long)ctx->data_end, 1) & 1 ? XDP_DROP : XDP_PASS;\n}\n" GPL);
	put("repo/nest.c", source.s);
	bg_str_done(&source);
	make_frame(frame, sizeof(frame));
	for (int top = 39; top >= 20; top -= 19) { /* the whole nest, then the half of it */
		BG_CLEANUP(bg_freep) char *name = bg_printf("level_%d", top);

		memset(maps, 0, sizeof(maps));
		CU_ASSERT_EQUAL_FATAL(extract("nest.c", name, true), BG_EXIT_OK);
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_object_get(unit.report, "counts"), "declarations")), top + 6); /* four maps, the licence */
		CU_ASSERT_TRUE_FATAL(json_is_true(harness("loads")));
		for (int again = 0; again < 3; again++) {
			set("x", &x, sizeof(x));
			CU_ASSERT_EQUAL((uint32_t)run(frame, sizeof(frame)), model(top, frame, x, maps));
		}
	}
}

static const struct bg_test tests[] = {
	{ "context, objects, number, result", test_context },
	{ "a packet whose bounds are checked before the call", test_checked_packet },
	{ "an offset into the packet, pointers handed back", test_offset },
	{ "a function of a header", test_header },
	{ "without verification", test_only_written },
	{ "a nest of forty functions over four maps", test_nest },
};

int main(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *why = bg_diags_new();
	int failures;

	if (bg_load_allowed(why)) {
		puts("skipped: this process may not load BPF programs");
		return 77;
	}
	failures = run_in_tmp("harness", tests, BG_ARRAY_SIZE(tests));
	bg_object_closep(&obj);
	bg_extract_result_done(&unit);
	bg_diags_free(ds);
	return failures;
}
