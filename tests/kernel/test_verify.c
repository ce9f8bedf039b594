// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The comparison against the real kernel: a faithful twin is equal, and every single mistake is noticed, with the right
 * message. The programs (tests/kernel/verify/pair.bpf.c) are compiled here, with the compiler that bpfgraft uses.
 */
#include "harness.h"

#include "core/compile.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/yaml.h"
#include "transform/vectors.h"
#include "transform/verify.h"
#include "transform/verify_ids.h"

#ifndef BG_TEST_PROGRAMS
#error "the build says where the programs are"
#endif

static struct bg_tmpdir dir;
static const char *log_dir; /* of the next comparison */

struct result {
	struct bg_diags *ds;
	struct bg_verify_result r;
	enum bg_exit code;
};

/* IPv4 UDP from 10.0.0.1 to 10.0.0.2, 20 bytes of payload; port 0x0050 and so on. Checksums are of no interest here. */
#define UDP(port)                                                                                                      \
	"020000000001020000000002"                                                                                     \
	"0800"                                                                                                         \
	"4500003000010000401100000a0000010a000002"                                                                     \
	"04d2" port "001c0000"                                                                                         \
	"6162636465666768696a6b6c6d6e6f7071727374"
#define TAGGED                                                                                                         \
	"020000000001020000000002"                                                                                     \
	"81006005"                                                                                                     \
	"0800"                                                                                                         \
	"4500003000010000401100000a0000010a000002"                                                                     \
	"04d20050001c0000"                                                                                             \
	"6162636465666768696a6b6c6d6e6f7071727374"

static const char usual_vectors[] =
	"vectors:\n"
	"  - {name: web, hex: '" UDP(
		"0050") "', verdict: XDP_PASS}\n"
			"  - {name: dns, hex: '" UDP(
				"0035") "'}\n"
					"  - {name: discard, hex: '" UDP(
						"0009") "', verdict: XDP_DROP}\n"
							"  - {name: echo, hex: '" UDP(
								"0007") "', verdict: XDP_TX}\n"
									"  - {name: redirected, hex: '" UDP(
										"0008") "', verdict: XDP_REDIRECT}\n";

static char *build(const char *name, const char *flags)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	char *out = bg_printf("%s/%s.o", dir.path, name);
	struct bg_strv f = { 0 };

	for (const char *p = flags; *p;) {
		const char *end = strchrnul(p, ' ');
		BG_CLEANUP(bg_freep) char *one = bg_strndup(p, (size_t)(end - p));

		bg_strv_add(&f, one);
		p = *end ? end + 1 : end;
	}
	CU_ASSERT_EQUAL_FATAL(bg_compile(BG_TEST_PROGRAMS "/pair.bpf.c", NULL, &f, out, BG_ID_INTERNAL, ds), 0);
	bg_strv_done(&f);
	return out;
}

static char *write_vectors(const char *text)
{
	char *path = bg_printf("%s/vectors.yaml", dir.path);

	CU_ASSERT_EQUAL_FATAL(bg_write_file(path, text, strlen(text)), 0);
	return path;
}

/* Compares entry compiled with flags_b for hook to with it compiled for XDP; vectors NULL: the generated packets. */
static void compare(const char *entry, const char *to, const char *flags_b, const char *vectors, const char *maps,
		    struct result *ret)
{
	BG_CLEANUP(bg_freep) char *a = build("original", "-DXDP"), *b = build("port", flags_b);
	BG_CLEANUP(bg_freep) char *path = vectors ? write_vectors(vectors) : NULL;
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *yaml = NULL;
	struct bg_spec_verify what = { 0 };
	struct bg_verify_job job = { .object_a = a,
				     .object_b = b,
				     .entry_a = entry,
				     .entry_b = entry,
				     .pass = BG_PASS_ACCEPT,
				     .what = &what,
				     .log_dir = log_dir,
				     .spec_path = "maps.yaml" };

	ret->ds = bg_diags_new();
	job.hook_a = bg_hook_by_name("xdp", ret->ds);
	job.hook_b = bg_hook_by_name(to, ret->ds);
	if (path)
		bg_strv_add(&what.vectors, path);
	if (maps) {
		CU_ASSERT_EQUAL_FATAL(bg_yaml_parse("maps.yaml", maps, strlen(maps), 0, ret->ds, &yaml), 0);
		what.maps = bg_yaml_root(yaml);
	}
	ret->code = bg_verify_run(&job, ret->ds, &ret->r);
	bg_strv_done(&what.vectors);
}

static void done(struct result *r)
{
	bg_verify_result_done(&r->r);
	r->ds = bg_diags_free(r->ds);
}

static bool said(const struct result *r, unsigned id, const char *part)
{
	for (size_t i = 0; i < bg_diags_count(r->ds); i++)
		if (bg_diags_get(r->ds, i)->id == id && strstr(bg_diags_get(r->ds, i)->message, part))
			return true;
	bg_diags_flush(r->ds, stdout, false, BG_NOTE);
	return false;
}

static const json_t *item(const struct result *r, const char *list, const char *name)
{
	json_t *x;
	size_t i;

	json_array_foreach (json_object_get(r->r.report, list), i, x)
		if (bg_streq(json_string_value(json_object_get(x, "name")), name))
			return x;
	return NULL;
}

static const char *text_of(const json_t *x, const char *key)
{
	const char *s = json_string_value(json_object_get(x, key));

	return s ? s : "";
}

static void test_twin_is_equal(void)
{
	struct result r;
	const json_t *flows;

	compare("filter", "tc", "-DTC", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_OK);
	CU_ASSERT_EQUAL(bg_diags_errors(r.ds), 0);
	CU_ASSERT_EQUAL(r.r.packets, 5);
	CU_ASSERT_EQUAL(r.r.equal, 5);
	CU_ASSERT_EQUAL(r.r.expected, 4);
	CU_ASSERT_EQUAL(r.r.as_expected, 4);
	CU_ASSERT_STRING_EQUAL(text_of(item(&r, "vectors", "discard"), "verdict_b"), "TC_ACT_SHOT");
	CU_ASSERT_STRING_EQUAL(text_of(item(&r, "vectors", "redirected"), "verdict_a"), "XDP_REDIRECT");
	CU_ASSERT_STRING_EQUAL(text_of(item(&r, "vectors", "echo"), "verdict_b"), "TC_ACT_REDIRECT");
	CU_ASSERT_TRUE(json_is_true(json_object_get(item(&r, "maps", "total"), "equal")));
	CU_ASSERT_TRUE(json_is_true(json_object_get(item(&r, "maps", "stats"), "compared")));
	CU_ASSERT_TRUE(json_is_null(json_object_get(item(&r, "maps", "events"), "equal")));
	/* The address in 'flows' is chance, the counts and the time beside it are not. */
	flows = item(&r, "maps", "flows");
	CU_ASSERT_TRUE(json_is_true(json_object_get(flows, "equal")));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(flows, "excluded")), 1);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_UNSTABLE, "'flows.address'"));
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_PINNED, "the same: bpf_ktime_get_ns"));
	done(&r);
}

static void test_generated_packets(void)
{
	struct result r;

	compare("filter", "tc", "-DTC", NULL, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_OK);
	CU_ASSERT_TRUE(r.r.packets > 200);
	CU_ASSERT_EQUAL(r.r.packets, r.r.equal);
	/* A frame that ends before its network header runs at XDP only; it is never "equal". */
	CU_ASSERT_TRUE(json_is_null(json_object_get(item(&r, "vectors", "generated: runt of 13 bytes"), "equal")));
	done(&r);
}

/* The line of pair.bpf.c with this text. */
static int line_of(const char *part)
{
	struct bg_str text = { 0 };
	int line = 1;
	const char *at;

	CU_ASSERT_EQUAL_FATAL(bg_read_file(BG_TEST_PROGRAMS "/pair.bpf.c", 0, &text), 0);
	at = strstr(text.s, part);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	for (const char *c = text.s; c < at; c++)
		line += *c == '\n';
	bg_str_done(&text);
	return line;
}

/* The entry for a line in coverage's list "missed" or "covered", or NULL. */
static const json_t *branch(const struct result *r, const char *list, int line)
{
	json_t *x;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(r->r.report, "coverage"), list), i, x)
		if (json_integer_value(json_object_get(x, "line")) == line && bg_ends(text_of(x, "path"), "pair.bpf.c"))
			return x;
	return NULL;
}

static void test_coverage(void)
{
	static const char web[] = "vectors:\n  - {name: web, hex: '" UDP("0050") "'}\n";
	struct result r;
	const json_t *c, *m;

	compare("needle", "tc", "-DTC", web, NULL, &r);
	c = json_object_get(r.r.report, "coverage");
	CU_ASSERT_TRUE(json_is_true(json_object_get(c, "measured")));
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(c, "unknown")), 0);
	/* the packet is long enough, and has another first number: 2 ways of 10 */
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(c, "reached")), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(c, "ways")), 10);
	CU_ASSERT_EQUAL(r.r.coverage, 200);
	CU_ASSERT_EQUAL(json_real_value(json_object_get(json_object_get(r.r.report, "verdict"), "branches")), 20.0);
	m = branch(&r, "missed", line_of("0xdecafbad"));
	CU_ASSERT_TRUE(json_is_true(json_object_get(m, "reached")));
	CU_ASSERT_EQUAL(json_integer_value(json_array_get(json_object_get(m, "never_to"), 0)), line_of("/* the second number */"));
	CU_ASSERT_TRUE(json_is_false(json_object_get(branch(&r, "missed", line_of("/* the second number */")), "reached")));
	CU_ASSERT_TRUE(said(&r, BG_ID_COVERAGE, "no packet reaches this branch"));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(c, "covered")), 0); /* one packet goes one way */
	CU_ASSERT_TRUE(json_is_null(json_object_get(r.r.report, "generated")));
	done(&r);
}

static void test_coverage_unknown(void)
{
	struct result r;
	const json_t *c;

	compare("large", "tc", "-DTC", usual_vectors, NULL, &r);
	c = json_object_get(r.r.report, "coverage");
	CU_ASSERT_EQUAL(r.r.equal, 5);
	CU_ASSERT_EQUAL(r.r.coverage, -1);
	CU_ASSERT_TRUE(json_is_false(json_object_get(c, "measured")));
	CU_ASSERT_TRUE(json_is_null(json_object_get(c, "percent")));
	CU_ASSERT_TRUE(json_is_null(json_object_get(json_object_get(r.r.report, "verdict"), "branches")));
	CU_ASSERT_TRUE(said(&r, BG_ID_COVERAGE_UNKNOWN, "it is too large"));
	done(&r);
}

/* What no list of packets would have is found, and so is the mistake behind it. */
static void test_found_by_watching(void)
{
	struct result r;

	compare("needle", "tc", "-DTC", NULL, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_OK);
	CU_ASSERT_EQUAL(r.r.coverage, 1000);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(json_object_get(r.r.report, "coverage"), "missed")), 0);
	CU_ASSERT_TRUE(branch(&r, "covered", line_of("0xdecafbad")) != NULL);
	CU_ASSERT_TRUE(branch(&r, "covered", line_of("/* the second number */")) != NULL);
	CU_ASSERT_TRUE(json_integer_value(json_object_get(json_object_get(r.r.report, "generated"), "found")) >= 3);
	done(&r);
	compare("needle", "tc", "-DTC -DBREAK_DEEP", NULL, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_VERDICT, "the original returns XDP_PASS, the port TC_ACT_SHOT"));
	done(&r);
	compare("needle", "tc", "-DTC -DBREAK_FILLED", NULL, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_MAP, "(maps filled)"));
	done(&r);
}

static void test_same_hook(void)
{
	struct result r;

	compare("filter", "xdp", "-DXDP", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_OK);
	done(&r);
}

static void test_wrong_verdict(void)
{
	struct result r;

	compare("filter", "tc", "-DTC -DBREAK_VERDICT", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_EQUAL(r.r.equal, 4);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_VERDICT,
			    "vector 'discard': the original returns XDP_DROP, the port TC_ACT_OK instead of "
			    "TC_ACT_SHOT"));
	CU_ASSERT_TRUE(json_is_false(json_object_get(item(&r, "vectors", "discard"), "equal")));
	done(&r);
}

static void test_continue_is_another_verdict(void)
{
	struct result r;

	/* The twin returns TC_ACT_OK; in a chain it would have to return TC_ACT_UNSPEC. */
	BG_CLEANUP(bg_freep)
	char *a = build("original", "-DXDP"),
	     *b = build("port", "-DTC"), *path = write_vectors(usual_vectors);
	struct bg_spec_verify what = { 0 };
	struct bg_verify_job job = { .object_a = a,
				     .object_b = b,
				     .entry_a = "filter",
				     .entry_b = "filter",
				     .pass = BG_PASS_CONTINUE,
				     .what = &what };

	r.ds = bg_diags_new();
	job.hook_a = bg_hook_by_name("xdp", r.ds);
	job.hook_b = bg_hook_by_name("tc", r.ds);
	bg_strv_add(&what.vectors, path);
	r.code = bg_verify_run(&job, r.ds, &r.r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_VERDICT, "instead of TC_ACT_UNSPEC"));
	bg_strv_done(&what.vectors);
	done(&r);
}

static void test_wrong_byte(void)
{
	struct result r;

	compare("filter", "tc", "-DTC -DBREAK_BYTE", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_EQUAL(r.r.equal, 4);
	/* 14 of Ethernet, 20 of IPv4, byte 5 of UDP. */
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_BYTES,
			    "vector 'web': packets differ first at offset 39 (udp.len): the original (XDP_PASS, 62 bytes) "
			    "has 1c, the port (TC_ACT_OK, 62 bytes) 1d"));
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_BYTES, "a 0020:  00  02  04  d2  00  50  00 [1c]"));
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_BYTES, "b 0020:  00  02  04  d2  00  50  00 [1d]"));
	done(&r);
}

/* A difference in a long packet becomes the shortest packet that shows it, and as few bytes as that takes. */
static void test_smallest(void)
{
	const json_t *smallest;
	const char *hex;
	struct result r;

	compare("filter", "tc", "-DTC -DBREAK_BYTE", usual_vectors, NULL, &r);
	smallest = json_object_get(r.r.report, "smallest");
	hex = text_of(smallest, "hex");
	CU_ASSERT_STRING_EQUAL(text_of(smallest, "kind"), "bytes");
	CU_ASSERT_STRING_EQUAL(text_of(smallest, "contents"), "given");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(smallest, "len")), 42); /* to the end of UDP's header */
	/* what the program looks at: the type, the protocol, the port; and what TC wants of IPv4: nothing */
	CU_ASSERT_STRING_EQUAL(hex, "000000000000000000000000080000000000000000000011000000000000000000000000005000000000");
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_SMALLEST, "has 42 bytes: 0000"));
	done(&r);
	compare("filter", "tc", "-DTC", usual_vectors, NULL, &r);
	CU_ASSERT_TRUE(json_is_null(json_object_get(r.r.report, "smallest")));
	done(&r);
}

static void test_smallest_is_a_file(void)
{
	BG_CLEANUP(bg_freep) char *path = bg_printf("%s/verify-smallest.yaml", dir.path);
	struct bg_vectors again = { 0 };
	struct result r;

	log_dir = dir.path;
	compare("filter", "tc", "-DTC -DBREAK_VERDICT", usual_vectors, NULL, &r);
	log_dir = NULL;
	CU_ASSERT_EQUAL(bg_vectors_load(&again, path, r.ds), 0);
	CU_ASSERT_EQUAL_FATAL(again.all.n, 1);
	CU_ASSERT_EQUAL(again.all.v[0].in.len, 42);
	CU_ASSERT_EQUAL(again.all.v[0].in.bytes[37], 9); /* the port */
	bg_vectors_done(&again);
	done(&r);
}

static void test_wrong_length(void)
{
	struct result r;

	compare("filter", "tc", "-DTC -DBREAK_LENGTH", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_TRUE(
		said(&r, BG_ID_VERIFY_LENGTH, "leaves 62 bytes, the port (TC_ACT_OK) 61; they agree up to offset 61"));
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_LENGTH, "[74]"));
	done(&r);
}

static void test_wrong_map(void)
{
	struct result r;

	compare("filter", "tc", "-DTC -DBREAK_MAP", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_EQUAL(r.r.equal, 5);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_MAP, "map 'flows' differs at key 0a 00 00 01 0a 00 00 02 in '.packets'"));
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_MAP, "a: 05 00 00 00"));
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_MAP, "b: 06 00 00 00"));
	CU_ASSERT_TRUE(json_is_false(json_object_get(json_object_get(r.r.report, "verdict"), "equal")));
	done(&r);
}

/* Where a pointer leads to is chance, that there is one is not. */
static void test_wrong_pointer(void)
{
	struct result r;

	compare("filter", "tc", "-DTC -DBREAK_POINTER", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_MAP, "map 'flows' differs at key 0a 00 00 01 0a 00 00 02 in '.packet'"));
	done(&r);
}

static void test_wrong_large_map(void)
{
	struct result r;

	compare("filter", "tc", "-DTC -DBREAK_FAR", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_MAP, "map 'marks' differs at key aa 00 00 00 in '.seen'"));
	done(&r);
	compare("filter", "tc", "-DTC -DBREAK_LAST", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_MAP, "map 'marks' differs at key 9f 86 01 00"));
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_MAP, "b: all zero"));
	done(&r);
}

static void test_wrong_percpu_map(void)
{
	struct result r;

	compare("filter", "tc", "-DTC -DBREAK_PERCPU", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_MAP, "map 'stats' differs at key 03 00 00 00"));
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_MAP, "b: all zero"));
	done(&r);
}

static void test_maps_before_the_first_packet(void)
{
	struct result r;

	compare("filter", "tc", "-DTC", usual_vectors, "limits: [{key: 0, value: 65}]", &r);
	/* Every TTL is 64: all is dropped now, which the vectors do not expect. */
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_EQUAL(r.r.equal, 5);
	CU_ASSERT_EQUAL(r.r.as_expected, 1);
	CU_ASSERT_TRUE(
		said(&r, BG_ID_VERIFY_EXPECTED, "vector 'web' states XDP_PASS, but the original returns XDP_DROP"));
	CU_ASSERT_TRUE(json_is_true(json_object_get(json_object_get(r.r.report, "verdict"), "equal")));
	done(&r);
	compare("filter", "tc", "-DTC", usual_vectors, "limits: [{key: 0, to: 1, value: 65}]", &r);
	CU_ASSERT_EQUAL(r.r.as_expected, 1);
	done(&r);
	compare("filter", "tc", "-DTC", usual_vectors, "limits: [{key: 1, to: 2, value: 65}]", &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_USAGE);
	CU_ASSERT_TRUE(said(&r, BG_ID_MAP_FORM, "map 'limits' has none such from 'key' to its end"));
	done(&r);
	compare("filter", "tc", "-DTC", usual_vectors, "limit: [{key: 0, value: 65}]", &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_USAGE);
	CU_ASSERT_TRUE(said(&r, BG_ID_MAP_UNKNOWN, "the object has no map 'limit'; it has: limits"));
	done(&r);
	compare("filter", "tc", "-DTC", usual_vectors, "{limits: [{key: 2, value: 1}], events: [{key: 0, value: 0}]}",
		&r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_USAGE);
	CU_ASSERT_TRUE(said(&r, BG_ID_MAP_UPDATE, "map 'limits': E2BIG"));
	CU_ASSERT_TRUE(said(&r, BG_ID_MAP_KIND, "'events' of type 'ringbuf'"));
	done(&r);
}

static void test_wrong_expected_packet(void)
{
	static const char wrong[] = "vectors:\n  - {name: web, hex: '" UDP("0050") "', out_hex: '" UDP("0050") "'}\n";
	struct result r;

	compare("filter", "tc", "-DTC", wrong, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_EXPECTED, "first at offset 22")); /* the TTL */
	done(&r);
}

static void test_wrong_target(void)
{
	struct result r;

	compare("filter", "tc", "-DTC -DBREAK_TARGET", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_EQUAL(r.r.equal, 4);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_TARGET,
			    "vector 'redirected': the original sends the packet out of device 1, the port out of device 2"));
	done(&r);
	compare("filter", "tc", "-DTC -DBREAK_NOWHERE", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_TARGET, "vector 'echo': the original sends the packet out of device 1, the port out of device 0"));
	done(&r);
}

static void test_stack_not_told(void)
{
	struct result r;

	compare("renamer", "tc", "-DTC", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.r.equal, 5);
	done(&r);
	compare("renamer", "tc", "-DTC -DBREAK_PROTOCOL", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_EQUAL(r.r.equal, 0);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_PROTOCOL, "the port hands the packet on as 0x0800, but its bytes say 0x88b5"));
	done(&r);
}

static void test_tag_in_metadata(void)
{
	struct result r;

	compare("tagger", "tc", "-DTC", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.r.equal, 5);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(item(&r, "vectors", "web"), "len")), 66);
	done(&r);
	compare("tagger", "tc", "-DTC -DBREAK_TAG", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_EQUAL(r.r.equal, 0);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_BYTES,
			    "offset 15 (vlan.tci): the original (XDP_PASS, 66 bytes) has 05, the port (TC_ACT_OK, 66 bytes) 06"));
	done(&r);
}

static void test_tag_taken_out_by_the_device(void)
{
	static const char tagged[] = "vectors:\n  - {name: tagged, hex: '" TAGGED "', verdict: XDP_DROP}\n"
				     "  - {name: plain, hex: '" UDP("0050") "', verdict: XDP_PASS}\n";
	struct result r;

	compare("untagged_only", "tc", "-DTC", tagged, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_OK);
	CU_ASSERT_TRUE(json_is_true(json_object_get(item(&r, "vectors", "tagged"), "tag_in_metadata")));
	done(&r);
	compare("untagged_only", "tc", "-DTC -DBREAK_METADATA", tagged, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_EQUAL(r.r.equal, 1);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_TAG, "vector 'tagged': given its VLAN tag in metadata"));
	done(&r);
}

static void test_keys_by_chance(void)
{
	struct result r;

	compare("dice", "tc", "-DTC", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.r.equal, 5);
	CU_ASSERT_TRUE(json_is_null(json_object_get(item(&r, "maps", "flows"), "equal")));
	CU_ASSERT_TRUE(
		said(&r, BG_ID_VERIFY_UNSTABLE, "map 'flows' is not compared: its keys differ between two runs"));
	done(&r);
}

static const json_t *helpers_of(const struct result *r, const char *list)
{
	return json_object_get(json_object_get(r->r.report, "helpers"), list);
}

static void test_pinned_helpers(void)
{
	struct result r;

	compare("limiter", "tc", "-DTC", NULL, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_OK);
	CU_ASSERT_EQUAL(r.r.coverage, 1000); /* the window ends, and has room; samples are taken */
	CU_ASSERT_EQUAL(json_array_size(helpers_of(&r, "pinned")), 5);
	CU_ASSERT_EQUAL(json_array_size(helpers_of(&r, "excluded")), 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(item(&r, "maps", "window"), "excluded")), 0);
	CU_ASSERT_TRUE(json_is_true(json_object_get(item(&r, "maps", "sampled"), "equal")));
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_PINNED, "bpf_jiffies64"));
	done(&r);
	compare("limiter", "tc", "-DTC -DBREAK_LENGTH", NULL, NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_VERDICT, "the original returns XDP_PASS, the port TC_ACT_SHOT"));
	done(&r);
}

static void test_not_pinned(void)
{
	struct result r;

	compare("large_limiter", "tc", "-DTC", usual_vectors, NULL, &r);
	CU_ASSERT_EQUAL(r.r.equal, 5);
	CU_ASSERT_EQUAL(json_array_size(helpers_of(&r, "pinned")), 0);
	CU_ASSERT_EQUAL(json_array_size(helpers_of(&r, "excluded")), 1);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_NOT_PINNED, "'bpf_ktime_get_ns' is not pinned (the kernel does not take"));
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_UNSTABLE, "'window' differs between two runs"));
	done(&r);
}

static void test_nothing_comparable(void)
{
	struct result r;

	compare("filter", "tc", "-DTC", "vectors:\n  - {name: runt, hex: '0200'}\n", NULL, &r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_NO);
	CU_ASSERT_EQUAL(r.r.packets, 0);
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_REFUSED, "vector 'runt' cannot be compared"));
	CU_ASSERT_TRUE(said(&r, BG_ID_VERIFY_NOTHING, "not one of 1 packets"));
	done(&r);
}

static void test_bad_vectors_run_nothing(void)
{
	struct result r;

	compare("filter", "tc", "-DTC", "vectors:\n  - {name: x, hex: '" UDP("0050") "', verdict: TC_ACT_OK}\n", NULL,
		&r);
	CU_ASSERT_EQUAL(r.code, BG_EXIT_USAGE);
	CU_ASSERT_TRUE(said(&r, BG_ID_VECTOR_VERDICT, "'TC_ACT_OK' is no verdict of hook 'xdp'"));
	CU_ASSERT_PTR_NULL(r.r.report);
	done(&r);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "a faithful twin is equal", test_twin_is_equal },
		{ "generated packets", test_generated_packets },
		{ "branches that were reached", test_coverage },
		{ "branches are unknown", test_coverage_unknown },
		{ "found by watching", test_found_by_watching },
		{ "same hook", test_same_hook },
		{ "wrong verdict", test_wrong_verdict },
		{ "continue is another verdict", test_continue_is_another_verdict },
		{ "wrong byte", test_wrong_byte },
		{ "the smallest packet", test_smallest },
		{ "the smallest packet as a file", test_smallest_is_a_file },
		{ "wrong length", test_wrong_length },
		{ "wrong map", test_wrong_map },
		{ "wrong pointer in a map", test_wrong_pointer },
		{ "wrong large map", test_wrong_large_map },
		{ "wrong per-CPU map", test_wrong_percpu_map },
		{ "maps before the first packet", test_maps_before_the_first_packet },
		{ "wrong expected packet", test_wrong_expected_packet },
		{ "wrong target", test_wrong_target },
		{ "the stack is not told", test_stack_not_told },
		{ "tag in metadata", test_tag_in_metadata },
		{ "tag taken out by the device", test_tag_taken_out_by_the_device },
		{ "keys by chance", test_keys_by_chance },
		{ "pinned helpers", test_pinned_helpers },
		{ "helpers that cannot be pinned", test_not_pinned },
		{ "nothing comparable", test_nothing_comparable },
		{ "bad vectors run nothing", test_bad_vectors_run_nothing },
	};
	int failures;

	if (bg_load_allowed(NULL)) {
		puts("skipped: this process may not load BPF programs");
		return 77;
	}
	if (bg_tmpdir_make(&dir))
		return 99;
	failures = BG_RUN_TESTS("verify in the kernel", tests);
	bg_tmpdir_done(&dir);
	return failures;
}
