// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Values against BTF that is made here, type by type. */
#include "harness.h"

#include <arpa/inet.h>

#include "core/bytes.h"
#include "core/value.h"

/* The types of the tests, by id. */
static struct {
	struct btf *btf;
	int u8, u16, s32, u32, u64, flag, character, be16, be32, color, mac, addr6, words6, name, in6, pair, flow, bits,
		either, ptr;
} t;

static void make_types(void)
{
	struct btf *b = t.btf = btf__new_empty();

	t.u8 = btf__add_int(b, "unsigned char", 1, 0);
	t.u16 = btf__add_int(b, "unsigned short", 2, 0);
	t.s32 = btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	t.u32 = btf__add_int(b, "unsigned int", 4, 0);
	t.u64 = btf__add_int(b, "unsigned long long", 8, 0);
	t.flag = btf__add_int(b, "_Bool", 1, BTF_INT_BOOL);
	t.character = btf__add_int(b, "char", 1, BTF_INT_SIGNED);
	t.be16 = btf__add_typedef(b, "__be16", btf__add_typedef(b, "__u16", t.u16));
	t.be32 = btf__add_const(b, btf__add_typedef(b, "__be32", t.u32));
	t.color = btf__add_enum(b, "color", 4);
	btf__add_enum_value(b, "RED", 1);
	btf__add_enum_value(b, "BLUE", 7);
	t.mac = btf__add_array(b, t.u32, t.u8, 6);
	t.addr6 = btf__add_array(b, t.u32, t.u8, 16);
	t.words6 = btf__add_array(b, t.u32, t.u32, 4);
	t.name = btf__add_array(b, t.u32, t.character, 8);
	t.in6 = btf__add_struct(b, "in6_addr", 16);
	btf__add_field(b, "words", t.words6, 0, 0);
	t.pair = btf__add_union(b, NULL, 4); /* anonymous */
	btf__add_field(b, "v4", t.be32, 0, 0);
	btf__add_field(b, "mark", t.u32, 0, 0);
	t.flow = btf__add_struct(b, "flow", 16); /* { union { v4, mark }; __be16 port; __u8 mac[6]; u32 n; } */
	btf__add_field(b, NULL, t.pair, 0, 0);
	btf__add_field(b, "port", t.be16, 32, 0);
	btf__add_field(b, "mac", t.mac, 48, 0);
	btf__add_field(b, "n", t.u32, 96, 0);
	t.bits = btf__add_struct(b, "bits", 4); /* { u32 a:3, b:5; int c:8; } */
	btf__add_field(b, "a", t.u32, 0, 3);
	btf__add_field(b, "b", t.u32, 3, 5);
	btf__add_field(b, "c", t.s32, 8, 8);
	t.either = btf__add_union(b, "either", 4);
	btf__add_field(b, "x", t.u32, 0, 0);
	btf__add_field(b, "y", t.u16, 0, 0);
	t.ptr = btf__add_ptr(b, t.u32);
}

/* Encodes the YAML text; the number of errors, *ret_first the first message. */
static size_t encode(int type, size_t size, const char *text, void *buf, char **ret_first)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *yaml = NULL;
	int err;

	CU_ASSERT_EQUAL_FATAL(bg_yaml_parse("v.yaml", text, strlen(text), 0, ds, &yaml), 0);
	err = bg_value_encode(type ? t.btf : NULL, type, size, bg_yaml_root(yaml), "v.yaml", ds, buf);
	CU_ASSERT_EQUAL(err != 0, bg_diags_errors(ds) != 0);
	if (ret_first && bg_diags_count(ds))
		*ret_first = bg_printf("%u:%u %s", bg_diags_get(ds, 0)->line, bg_diags_get(ds, 0)->col,
				       bg_diags_get(ds, 0)->message);
	return bg_diags_errors(ds);
}

/* text gives exactly these bytes. */
static void gives(int type, size_t size, const char *text, const char *hex)
{
	unsigned char buf[64];
	BG_CLEANUP(bg_freep) char *actual = NULL, *why = NULL;
	size_t errors;

	memset(buf, 0xee, sizeof(buf));
	errors = encode(type, size, text, buf, &why);
	actual = bg_hex_text(buf, size);
	if (errors || strcmp(actual, hex) != 0)
		printf("\n    %s: %s, not %s (%s)\n", text, actual, hex, why ? why : "");
	CU_ASSERT_EQUAL(errors, 0);
	CU_ASSERT_STRING_EQUAL(actual, hex);
	CU_ASSERT_EQUAL(buf[size], 0xee);
}

/* text is refused with a message that has this part. */
static void refused(int type, size_t size, const char *text, const char *part)
{
	unsigned char buf[64];
	BG_CLEANUP(bg_freep) char *why = NULL;

	CU_ASSERT_TRUE(encode(type, size, text, buf, &why) > 0);
	if (!why || !strstr(why, part))
		printf("\n    %s: %s\n", text, why ? why : "taken");
	CU_ASSERT_TRUE(why && strstr(why, part));
}

static void test_integers(void)
{
	gives(t.u8, 1, "255", "ff");
	refused(t.u8, 1, "256", "1:1 '256' is out of range");
	refused(t.u8, 1, "-1", "negative");
	gives(t.u16, 2, "0x1234", htons(1) == 1 ? "12 34" : "34 12");
	gives(t.s32, 4, "-1", "ff ff ff ff");
	gives(t.s32, 4, "-2147483648", htons(1) == 1 ? "80 00 00 00" : "00 00 00 80");
	refused(t.s32, 4, "-2147483649", "out of range");
	refused(t.s32, 4, "2147483648", "out of range");
	gives(t.u64, 8, "18446744073709551615", "ff ff ff ff ff ff ff ff");
	refused(t.u64, 8, "18446744073709551616", "no number");
	refused(t.u32, 4, "[1]", "a number is expected");
	refused(t.u32, 4, "many", "'many' is no number");
	gives(t.flag, 1, "true", "01");
	gives(t.flag, 1, "0", "00");
	refused(t.flag, 1, "2", "neither true nor false");
	refused(t.ptr, 8, "1", "pointer");
}

static void test_byte_order(void)
{
	gives(t.be16, 2, "9886", "26 9e");
	gives(t.be32, 4, "1", "00 00 00 01");
	gives(t.be32, 4, "10.0.0.1", "0a 00 00 01");
	gives(t.u32, 4, "10.0.0.1", "0a 00 00 01");
	gives(t.u32, 4, "\"0a:00:00:01\"", "0a 00 00 01");
	refused(t.u32, 4, "10.0.0.256", "no number");
}

static void test_enums(void)
{
	gives(t.color, 4, "BLUE", htons(1) == 1 ? "00 00 00 07" : "07 00 00 00");
	gives(t.color, 4, "3", htons(1) == 1 ? "00 00 00 03" : "03 00 00 00");
	refused(t.color, 4, "GREEN", "'GREEN' is no constant of enum 'color'");
}

static void test_arrays(void)
{
	gives(t.mac, 6, "\"02:00:00:00:00:01\"", "02 00 00 00 00 01");
	gives(t.mac, 6, "0x020000000001", "02 00 00 00 00 01");
	gives(t.mac, 6, "[1, 2]", "01 02 00 00 00 00");
	refused(t.mac, 6, "[1, 2, 3, 4, 5, 6, 7]", "the list has 7 elements, the array 6");
	refused(t.mac, 6, "[1, 300]", "1:5 '300' is out of range");
	refused(t.mac, 6, "\"02:00:00:00:00\"", "neither 6 hexadecimal bytes");
	gives(t.addr6, 16, "fc00::1", "fc 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01");
	gives(t.words6, 16, "\"::ffff:10.0.0.1\"", "00 00 00 00 00 00 00 00 00 00 ff ff 0a 00 00 01");
	gives(t.name, 8, "eth0", "65 74 68 30 00 00 00 00");
	gives(t.name, 8, "seven77", "73 65 76 65 6e 37 37 00");
	refused(t.name, 8, "eight888", "takes 7 and its final NUL");
	refused(t.mac, 6, "eth0", "neither 6 hexadecimal bytes"); /* bytes are no text */
}

static void test_structures(void)
{
	gives(t.in6, 16, "fc00::1", "fc 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01");
	gives(t.flow, 16, "{v4: 10.0.0.1, port: 80, mac: \"02:00:00:00:00:01\", n: 0x01010101}",
	      "0a 00 00 01 00 50 02 00 00 00 00 01 01 01 01 01");
	gives(t.flow, 16, "{port: 80}", "00 00 00 00 00 50 00 00 00 00 00 00 00 00 00 00");
	gives(t.flow, 16, "\"0x000102030405060708090a0b0c0d0e0f\"", "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f");
	refused(t.flow, 16, "{port: 80, prot: 1}", "1:12 'flow' has no field 'prot'; it has: v4, mark, port, mac, n");
	refused(t.flow, 16, "{port: 70000}", "1:8 '70000' is out of range");
	refused(t.flow, 16, "[1]", "a mapping by the fields of struct 'flow'");
	refused(t.flow, 16, "0x00", "nor 16 hexadecimal bytes");
	gives(t.either, 4, "{y: 0x0101}", "01 01 00 00");
	refused(t.either, 4, "{x: 1, y: 2}", "only one field of union 'either'");
}

static void test_all_errors_are_reported(void)
{
	unsigned char buf[16];

	CU_ASSERT_EQUAL(encode(t.flow, 16, "{port: 70000, n: -1, bad: 0}", buf, NULL), 3);
}

static void test_bit_fields(void)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	gives(t.bits, 4, "{a: 5, b: 17, c: -2}", "8d fe 00 00"); /* 5 | 17 << 3 = 0x8d */
#else
	gives(t.bits, 4, "{a: 5, b: 17, c: -2}", "b1 fe 00 00");
#endif
	refused(t.bits, 4, "{a: 8}", "out of range");
	refused(t.bits, 4, "{c: 128}", "out of range");
	refused(t.bits, 4, "{c: -129}", "out of range");
}

static void test_without_btf(void)
{
	gives(0, 2, "-1", "ff ff");
	gives(0, 6, "\"02:00:00:00:00:01\"", "02 00 00 00 00 01");
	gives(0, 3, "0x010203", "01 02 03");
	refused(0, 2, "65536", "out of range");
	refused(0, 3, "1", "not 3 hexadecimal bytes");
	refused(0, 4, "{a: 1}", "the object says nothing of this type");
}

static void test_broken_btf(void)
{
	refused(t.u32, 8, "1", "the BTF of this value's type is broken");
	refused(100000, 4, "1", "the BTF of this value's type is broken");
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "integers", test_integers },	   { "byte order", test_byte_order },
		{ "enums", test_enums },	   { "arrays", test_arrays },
		{ "structures", test_structures }, { "all errors are reported", test_all_errors_are_reported },
		{ "bit fields", test_bit_fields }, { "without BTF", test_without_btf },
		{ "broken BTF", test_broken_btf },
	};
	int failures;

	make_types();
	failures = BG_RUN_TESTS("values", tests);
	btf__free(t.btf);
	return failures;
}
