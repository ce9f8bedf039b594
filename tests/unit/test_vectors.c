// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Packets from base64, YAML and captures; the captures are written here, byte by byte. */
#include "harness.h"

#include <arpa/inet.h>
#include <fnmatch.h>

#include "core/bytes.h"
#include "core/fs.h"
#include "transform/fields.h"
#include "transform/frame.h"
#include "transform/packets.h"
#include "transform/provenance.h"
#include "transform/pcap.h"
#include "transform/vectors.h"
#include "transform/verdict.h"
#include "transform/verify_ids.h"
#include "transform/wire_local.h"

static void test_base64(void)
{
	static const struct {
		const char *text, *bytes;
		size_t bad;
	} cases[] = {
		{ "", "", 0 },
		{ "Zg==", "66", 0 },
		{ "Zm8=", "66 6f", 0 },
		{ "Zm9v", "66 6f 6f", 0 },
		{ "+/+/", "fb ff bf", 0 },
		{ "Zm9vYg", NULL, 6 }, /* padding is missing */
		{ "Zm9vYg=", NULL, 7 },
		{ "Zm9vYg==Zm9v", NULL, 8 }, /* text after the padding */
		{ "Zm 9v", NULL, 2 },
		{ "Zm9-", NULL, 3 }, /* the alphabet of URLs */
		{ "Zh==", NULL, 1 }, /* unused bits */
		{ "Zm9=", NULL, 2 },
		{ "Z===", NULL, 1 },
		{ "====", NULL, 0 },
		{ "Zm9vZ", NULL, 5 },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(cases); i++) {
		struct bg_str b = { 0 };
		size_t bad = 0;
		int err = bg_base64_decode(cases[i].text, &b, &bad);
		BG_CLEANUP(bg_freep) char *hex = bg_hex_text(b.s, b.n);

		CU_ASSERT_EQUAL(err == 0, cases[i].bytes != NULL);
		if (cases[i].bytes)
			CU_ASSERT_STRING_EQUAL(hex, cases[i].bytes);
		if (err && bad != cases[i].bad)
			printf("\n    %s: %zu\n", cases[i].text, bad);
		CU_ASSERT_EQUAL(err ? bad : cases[i].bad, cases[i].bad);
		bg_str_done(&b);
	}
}

static void test_hex(void)
{
	static const struct {
		const char *text, *bytes;
		size_t bad;
	} cases[] = {
		{ "0a1B", "0a 1b", 0 },	 { "0x0a1b", "0a 1b", 0 },
		{ "0a:1b", "0a 1b", 0 }, { "0a 1b 2c", "0a 1b 2c", 0 },
		{ "", NULL, 0 },	 { "0x", NULL, 2 },
		{ "0a1", NULL, 3 },	 { "0a:", NULL, 2 },
		{ "0g", NULL, 1 },	 { "0a::1b", NULL, 3 },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(cases); i++) {
		struct bg_str b = { 0 };
		size_t bad = 0;
		int err = bg_hex_decode(cases[i].text, &b, &bad);
		BG_CLEANUP(bg_freep) char *hex = bg_hex_text(b.s, b.n);

		CU_ASSERT_EQUAL(err == 0, cases[i].bytes != NULL);
		if (cases[i].bytes)
			CU_ASSERT_STRING_EQUAL(hex, cases[i].bytes);
		CU_ASSERT_EQUAL(err ? bad : cases[i].bad, cases[i].bad);
		bg_str_done(&b);
	}
}

static void test_yaml(void)
{
	static const char text[] = "vectors:\n"
				   "  - name: one\n"
				   "    in: Zm9v\n"
				   "    verdict: XDP_PASS\n"
				   "    out: Zm8=\n"
				   "  - {name: two, hex: '0a0b0c0d', out_hex: \"0x0a\"}\n";
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_vectors vs = { 0 };

	CU_ASSERT_EQUAL(bg_vectors_parse(&vs, "v.yaml", text, sizeof(text) - 1, ds), 0);
	CU_ASSERT_EQUAL(bg_diags_count(ds), 0);
	CU_ASSERT_EQUAL_FATAL(vs.all.n, 2);
	CU_ASSERT_STRING_EQUAL(vs.all.v[0].name, "one");
	CU_ASSERT_EQUAL(vs.all.v[0].at.line, 2);
	CU_ASSERT_STRING_EQUAL(vs.all.v[0].at.path, "v.yaml");
	CU_ASSERT_STRING_EQUAL(vs.all.v[0].verdict, "XDP_PASS");
	CU_ASSERT_EQUAL(vs.all.v[0].in.len, 3);
	CU_ASSERT_EQUAL(memcmp(vs.all.v[0].in.bytes, "foo", 3), 0);
	CU_ASSERT_EQUAL(vs.all.v[0].out.len, 2);
	CU_ASSERT_PTR_NULL(vs.all.v[1].verdict);
	CU_ASSERT_EQUAL(vs.all.v[1].in.len, 4);
	CU_ASSERT_EQUAL(vs.all.v[1].out.len, 1);
	bg_vectors_done(&vs);
}

static void test_yaml_errors(void)
{
	static const struct {
		const char *text, *message;
		unsigned id, line, col;
	} cases[] = {
		{ "[]", "a list called 'vectors'", BG_ID_VECTOR_FORM, 1, 1 },
		{ "vectors: x", "a list called 'vectors'", BG_ID_VECTOR_FORM, 1, 10 },
		{ "vectors: []\nvector: []", "unknown key 'vector'", BG_ID_VECTOR_FORM, 2, 1 },
		{ "vectors: [x]", "a vector is a mapping", BG_ID_VECTOR_FORM, 1, 11 },
		{ "vectors:\n- {name: a, in: Zm9v, comment: x}", "unknown key 'comment'", BG_ID_VECTOR_FORM, 2, 23 },
		{ "vectors:\n- {in: Zm9v}", "has no name", BG_ID_VECTOR_FORM, 2, 3 },
		{ "vectors:\n- {name: a}", "has no packet", BG_ID_VECTOR_FORM, 2, 3 },
		{ "vectors:\n- {name: a, in: Zm9v, hex: '0a'}", "exclude each other", BG_ID_VECTOR_FORM, 2, 28 },
		{ "vectors:\n- {name: a, in: [Zm9v]}", "'in' is text", BG_ID_VECTOR_FORM, 2, 17 },
		{ "vectors:\n- {name: a, in: Zm9v, verdict: [1]}", "'verdict' is a name or number", BG_ID_VECTOR_FORM,
		  2, 32 },
		{ "vectors:\n- {name: a, in: Zm-v}", "this is not base64", BG_ID_VECTOR_BYTES, 2, 19 },
		{ "vectors:\n- {name: a, in: \"Zm-v\"}", "this is not base64", BG_ID_VECTOR_BYTES, 2, 20 },
		{ "vectors:\n- {name: a, in: Zm9vY}", "the base64 ends too early", BG_ID_VECTOR_BYTES, 2, 22 },
		{ "vectors:\n- {name: a, hex: 0a0g}", "this is not hexadecimal", BG_ID_VECTOR_BYTES, 2, 21 },
		{ "vectors:\n- {name: a, in: Zm9v, out: Zm=v}", "this is not base64", BG_ID_VECTOR_BYTES, 2, 31 },
		{ "vectors:\n- {name: a, in: ''}", "1 to 65536 bytes, this one 0", BG_ID_VECTOR_LIMIT, 2, 17 },
		{ "vectors:\n- {name: a, in: Zm9v, in: Zm9v}", "duplicate key 'in'", BG_ID_SPEC_DUPLICATE_KEY, 2, 23 },
		{ "vectors: [", NULL, BG_ID_SPEC_SYNTAX, 0, 0 },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(cases); i++) {
		BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
		struct bg_vectors vs = { 0 };
		const struct bg_diag *d;

		CU_ASSERT_NOT_EQUAL(bg_vectors_parse(&vs, "v.yaml", cases[i].text, strlen(cases[i].text), ds), 0);
		CU_ASSERT_EQUAL(vs.all.n, 0);
		CU_ASSERT_FATAL(bg_diags_count(ds) > 0);
		d = bg_diags_get(ds, 0);
		if (d->id != cases[i].id || (cases[i].line && (d->line != cases[i].line || d->col != cases[i].col)))
			printf("\n    %s: %u:%u %s [%u]\n", cases[i].text, d->line, d->col, d->message, d->id);
		CU_ASSERT_EQUAL(d->id, cases[i].id);
		CU_ASSERT_TRUE(!cases[i].message || strstr(d->message, cases[i].message));
		CU_ASSERT_EQUAL(cases[i].line ? d->line : 0, cases[i].line);
		CU_ASSERT_EQUAL(cases[i].line ? d->col : 0, cases[i].col);
		bg_vectors_done(&vs);
	}
}

static void test_limits(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_vectors vs = { 0 };
	struct bg_str b = { 0 };
	unsigned char byte = 0;

	bg_str_add(&b, "vectors:\n- {name: big, hex: '");
	for (size_t i = 0; i < BG_VECTOR_MAX_PACKET; i++)
		bg_str_add(&b, "00");
	bg_str_add(&b, "'}\n- {name: bigger, hex: '");
	for (size_t i = 0; i < BG_VECTOR_MAX_PACKET + 1; i++)
		bg_str_add(&b, "00");
	bg_str_add(&b, "'}\n");
	CU_ASSERT_NOT_EQUAL(bg_vectors_parse(&vs, "v.yaml", b.s, b.n, ds), 0);
	CU_ASSERT_EQUAL(vs.all.n, 0); /* all or nothing */
	CU_ASSERT_EQUAL_FATAL(bg_diags_count(ds), 1);
	CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->id, BG_ID_VECTOR_LIMIT);
	CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->line, 3);
	for (size_t i = 0; i < BG_VECTOR_MAX_COUNT; i++)
		if (!bg_vectors_add(&vs, "x", BG_NOWHERE, &byte, 1))
			CU_FAIL("full too early");
	CU_ASSERT_FALSE(bg_vectors_add(&vs, "x", BG_NOWHERE, &byte, 1));
	bg_str_done(&b);
	bg_vectors_done(&vs);
}

static void add32(struct bg_str *b, uint32_t v)
{
	bg_str_addn(b, &v, 4);
}

static void add_packet(struct bg_str *b, uint32_t caplen, uint32_t len)
{
	add32(b, 1);
	add32(b, 0);
	add32(b, caplen);
	add32(b, len);
	for (uint32_t i = 0; i < caplen; i++)
		bg_str_addc(b, (char)i);
}

/* The header of a classic capture in the host's byte order. */
static void add_pcap_header(struct bg_str *b, uint32_t link)
{
	uint16_t version[2] = { 2, 4 };

	add32(b, 0xa1b2c3d4);
	bg_str_addn(b, version, sizeof(version));
	add32(b, 0);
	add32(b, 0);
	add32(b, 262144);
	add32(b, link);
}

static void add_pcapng(struct bg_str *b)
{
	add32(b, 0x0a0d0d0a); /* section header */
	add32(b, 28);
	add32(b, 0x1a2b3c4d);
	bg_str_addn(b, (uint16_t[]){ 1, 0 }, 4);
	add32(b, 0xffffffff);
	add32(b, 0xffffffff);
	add32(b, 28);
	add32(b, 1); /* interface: Ethernet, 65535 bytes */
	add32(b, 20);
	bg_str_addn(b, (uint16_t[]){ 1, 0 }, 4);
	add32(b, 65535);
	add32(b, 20);
	add32(b, 6); /* enhanced packet of 16 bytes */
	add32(b, 48);
	for (int i = 0; i < 3; i++)
		add32(b, 0);
	add32(b, 16);
	add32(b, 16);
	bg_str_addn(b, "0123456789abcdef", 16);
	add32(b, 48);
}

/* Writes cut bytes of b (0 = all) as FILE name in a folder of its own, and loads it. */
static int load_capture(const struct bg_str *b, size_t cut, const char *name, struct bg_vectors *vs,
			struct bg_diags *ds)
{
	struct bg_tmpdir dir;
	char *path;
	int err;

	CU_ASSERT_EQUAL_FATAL(bg_tmpdir_make(&dir), 0);
	path = bg_join(dir.path, name);
	CU_ASSERT_EQUAL_FATAL(bg_write_file(path, b->s, cut ? cut : b->n), 0);
	err = bg_vectors_load(vs, path, ds);
	free(path);
	bg_tmpdir_done(&dir);
	return err;
}

static void test_pcap(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_vectors vs = { 0 };
	struct bg_str b = { 0 };

	add_pcap_header(&b, 1);
	add_packet(&b, 60, 60);
	add_packet(&b, 40, 1500); /* cut by the capture */
	add_packet(&b, 64, 64);
	CU_ASSERT_EQUAL(load_capture(&b, 0, "x.pcap", &vs, ds), 0);
	CU_ASSERT_EQUAL_FATAL(vs.all.n, 2);
	CU_ASSERT_STRING_EQUAL(vs.all.v[1].name, "x.pcap #3");
	CU_ASSERT_EQUAL(vs.all.v[1].in.len, 64);
	CU_ASSERT_EQUAL(vs.all.v[1].in.bytes[63], 63);
	CU_ASSERT_EQUAL(bg_diags_errors(ds), 0);
	CU_ASSERT_EQUAL_FATAL(bg_diags_count(ds), 1);
	CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->id, BG_ID_PCAP_SNAPPED);
	CU_ASSERT_PTR_NOT_NULL(strstr(bg_diags_get(ds, 0)->message, "1 of 3 packets"));
	bg_vectors_done(&vs);
	bg_str_done(&b);
}

static void test_pcapng(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_vectors vs = { 0 };
	struct bg_str b = { 0 };

	add_pcapng(&b);
	CU_ASSERT_EQUAL(load_capture(&b, 0, "x.pcapng", &vs, ds), 0);
	CU_ASSERT_EQUAL_FATAL(vs.all.n, 1);
	CU_ASSERT_EQUAL(memcmp(vs.all.v[0].in.bytes, "0123456789abcdef", 16), 0);
	CU_ASSERT_EQUAL(bg_diags_count(ds), 0);
	/* Cut within the last block: nothing of the file is taken. */
	CU_ASSERT_NOT_EQUAL(load_capture(&b, b.n - 10, "cut.pcapng", &vs, ds), 0);
	CU_ASSERT_EQUAL(vs.all.n, 1);
	CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->id, BG_ID_PCAP_READ);
	bg_vectors_done(&vs);
	bg_str_done(&b);
}

/* One error of this id and no packet. */
static void refused_capture(const struct bg_str *b, size_t cut, const char *name, unsigned id)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_vectors vs = { 0 };

	CU_ASSERT_NOT_EQUAL(load_capture(b, cut, name, &vs, ds), 0);
	CU_ASSERT_EQUAL(vs.all.n, 0);
	CU_ASSERT_EQUAL_FATAL(bg_diags_count(ds), 1);
	CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->id, id);
	bg_vectors_done(&vs);
}

static void test_bad_captures(void)
{
	struct bg_str b = { 0 }, cooked = { 0 }, huge = { 0 }, large = { 0 };

	add_pcap_header(&b, 1);
	add_packet(&b, 60, 60);
	add_packet(&b, 60, 60);
	refused_capture(&b, b.n - 1, "truncated.pcap", BG_ID_PCAP_READ);      /* in a packet */
	refused_capture(&b, b.n - 60 - 3, "truncated.pcap", BG_ID_PCAP_READ); /* in a packet's header */
	refused_capture(&b, 20, "truncated.pcap", BG_ID_PCAP_READ);	      /* in the file's header */
	refused_capture(&b, 1, "truncated.pcap", BG_ID_PCAP_READ);
	refused_capture(&b, 0, "x.txt", BG_ID_VECTOR_KIND);
	add_pcap_header(&cooked, 113); /* LINUX_SLL, as 'tcpdump -i any' writes */
	add_packet(&cooked, 60, 60);
	refused_capture(&cooked, 0, "cooked.pcap", BG_ID_PCAP_LINK);
	add_pcap_header(&huge, 1);
	add_packet(&huge, BG_VECTOR_MAX_PACKET + 1, BG_VECTOR_MAX_PACKET + 1);
	refused_capture(&huge, 0, "huge.pcap", BG_ID_VECTOR_LIMIT);
	add_pcap_header(&large, 1);
	for (size_t i = 0; large.n <= BG_VECTOR_MAX_FILE; i++)
		add_packet(&large, 65000, 65000);
	refused_capture(&large, 0, "large.pcap", BG_ID_VECTOR_LIMIT);
	bg_str_done(&b);
	bg_str_done(&cooked);
	bg_str_done(&huge);
	bg_str_done(&large);
}

static uint32_t sum16(const unsigned char *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* IPv4 header and, for UDP that is no fragment, the checksum over the pseudo-header: all ones when right. */
static void check_ipv4(const unsigned char *ip, size_t n)
{
	size_t head = (ip[0] & 15u) * 4u, len = (size_t)ip[2] << 8 | ip[3];
	unsigned char pseudo[4096] = { 0 };

	CU_ASSERT_EQUAL(sum16(ip, head), 0xffff);
	CU_ASSERT_TRUE(len <= n);
	if (ip[9] != 17 || (ip[6] & 0x3f) || ip[7])
		return;
	memcpy(pseudo, ip + 12, 8);
	pseudo[9] = 17;
	pseudo[10] = (unsigned char)((len - head) >> 8);
	pseudo[11] = (unsigned char)(len - head);
	memcpy(pseudo + 12, ip + head, len - head);
	CU_ASSERT_EQUAL(sum16(pseudo, 12 + len - head), 0xffff);
}

static void test_generated(void)
{
	struct bg_vectors a = { 0 }, b = { 0 };
	struct bg_seeds none = { 0 };
	uint64_t x = 7, y = 7;
	size_t checked = 0;

	CU_ASSERT_TRUE(bg_packets_generate(&a, 500, &none, &x));
	CU_ASSERT_TRUE(bg_packets_generate(&b, 500, &none, &y));
	CU_ASSERT_EQUAL_FATAL(a.all.n, b.all.n);
	CU_ASSERT_TRUE(a.all.n > 530);
	for (size_t i = 0; i < a.all.n; i++) {
		const struct bg_packet *p = &a.all.v[i].in;

		CU_ASSERT_TRUE(a.all.v[i].generated);
		CU_ASSERT_EQUAL(p->len, b.all.v[i].in.len);
		CU_ASSERT_EQUAL(memcmp(p->bytes, b.all.v[i].in.bytes, p->len), 0);
		CU_ASSERT_TRUE(p->len <= BG_FRAME_MAX);
		if (strstr(a.all.v[i].name, "cut") || strstr(a.all.v[i].name, "alone") ||
		    strstr(a.all.v[i].name, "runt") || p->bytes[12] != 8 || p->bytes[13] != 0)
			continue;
		check_ipv4(p->bytes + 14, p->len - 14);
		checked++;
	}
	CU_ASSERT_TRUE(checked > 200);
	bg_vectors_done(&a);
	bg_vectors_done(&b);
}

static void test_fields(void)
{
	static const struct {
		const char *kind;
		size_t at;
		const char *field;
	} cases[] = {
		{ "generated: arp", 20, "arp.op" },
		{ "generated: ipv4 udp", 3, "eth.dst" },
		{ "generated: ipv4 udp", 22, "ipv4.ttl" },
		{ "generated: ipv4 udp", 36, "udp.dport" },
		{ "generated: ipv4 udp", 42, "payload" },
		{ "generated: ipv4 with options", 35, "ipv4.options" },
		{ "generated: ipv4 with options", 44, "udp.dport" },
		{ "generated: ipv4 tcp options", 55, "tcp.options" },
		{ "generated: ipv4 later fragment", 36, "payload" },
		{ "generated: vlan ipv6", 15, "vlan.tci" },
		{ "generated: vlan ipv6", 25, "ipv6.hop_limit" },
		{ "generated: ipv6 extension headers", 62, "ipv6 extension.nexthdr" },
		{ "generated: ipv6 extension headers", 80, "tcp.dport" },
		{ "generated: ipip", 42, "inner ipv4.ttl" },
		{ "generated: gre with key", 39, "gre.key" },
		{ "generated: mpls of two labels", 21, "mpls.ttl" },
		{ "generated: mpls of two labels", 28, "ipv6.nexthdr" },
		{ "generated: ipv4 header cut", 32, "ipv4.daddr" },
		{ "generated: runt of 13 bytes", 12, "eth.type" },
	};
	struct bg_vectors vs = { 0 };
	struct bg_seeds none = { 0 };
	uint64_t state = 1;

	CU_ASSERT_TRUE(bg_packets_generate(&vs, 0, &none, &state));
	for (size_t i = 0; i < BG_ARRAY_SIZE(cases); i++) {
		BG_CLEANUP(bg_freep) char *name = NULL;
		size_t k = 0;

		while (k < vs.all.n && strcmp(vs.all.v[k].name, cases[i].kind) != 0)
			k++;
		CU_ASSERT_FATAL(k < vs.all.n);
		name = bg_field_at(&vs.all.v[k].in, cases[i].at);
		CU_ASSERT_STRING_EQUAL(name, cases[i].field);
	}
	bg_vectors_done(&vs);
}

/* A line for each header, what is cut off, and what no header is. */
static void test_headers(void)
{
	static const struct {
		const char *kind, *lines;
	} cases[] = {
		{ "generated: ipv4 udp", "Ethernet 02:00:00:00:00:02 > 02:00:00:00:00:01|IPv4 * > *, ttl 64, *|UDP * > *|*bytes of data" },
		{ "generated: vlan ipv6", "Ethernet *|VLAN *|IPv6 * > *, hop limit 64, *|*" },
		{ "generated: ipv6 extension headers", "Ethernet *|IPv6 *|IPv6 extension of 8 bytes*|IPv6 extension of 8 bytes*|TCP * > *" },
		{ "generated: ipv4 later fragment", "Ethernet *|IPv4 *, fragment at *|* bytes of data" },
		{ "generated: ipv4 tcp options", "Ethernet *|IPv4 *|TCP 1234 > 80 ACK, options of 20 bytes|20 bytes of data" },
		{ "generated: ipip", "Ethernet *|IPv4 *|IPv4 *|UDP *|*" },
		{ "generated: gre with key", "Ethernet *|IPv4 *|GRE with key|IPv6 *|TCP *|*" },
		{ "generated: mpls of two labels", "Ethernet *|MPLS label *|MPLS label *|IPv6 *|*" },
		{ "generated: arp", "Ethernet *|ARP request * > *" },
		{ "generated: ipv4 header cut", "Ethernet *|IPv4 * (cut off after * of 20 bytes)" },
		{ "generated: runt of 13 bytes", "Ethernet * (cut off after 13 of 14 bytes)" },
	};
	struct bg_vectors vs = { 0 };
	struct bg_seeds none = { 0 };
	uint64_t state = 1;

	CU_ASSERT_TRUE(bg_packets_generate(&vs, 0, &none, &state));
	for (size_t i = 0; i < BG_ARRAY_SIZE(cases); i++) {
		BG_CLEANUP(bg_freep) char *all = NULL;
		struct bg_strv lines = { 0 };
		struct bg_str text = { 0 };
		size_t k = 0;

		while (k < vs.all.n && strcmp(vs.all.v[k].name, cases[i].kind) != 0)
			k++;
		CU_ASSERT_FATAL(k < vs.all.n);
		bg_headers(&vs.all.v[k].in, &lines);
		for (size_t n = 0; n < lines.n; n++)
			bg_str_addf(&text, "%s%s", n ? "|" : "", lines.v[n]);
		all = bg_str_take(&text);
		if (fnmatch(cases[i].lines, all, 0) != 0)
			fprintf(stderr, "\n  %s: %s\n", cases[i].kind, all);
		CU_ASSERT_EQUAL(fnmatch(cases[i].lines, all, 0), 0);
		bg_strv_done(&lines);
	}
	bg_vectors_done(&vs);
}

/* A unit whose functions.json says where two functions came from, and a third that is not there as it says. */
static void test_provenance(void)
{
	static const char unit[] = "/* from a.h:10 */\nstatic int helper(int x)\n{\n\treturn x;\n}\n\n"
				   "/* what it does */\nSEC(\"xdp\")\nint prog(struct xdp_md *ctx)\n{\n\treturn helper(2);\n}\n\n"
				   "int other(void)\n{\n\treturn 1; }\n";
	static const char json[] = "{\"functions\": [{\"name\": \"helper\", \"file\": \"a.h\", \"line\": 10, \"end_line\": 13},"
				   "{\"name\": \"prog\", \"file\": \"b.c\", \"line\": 40, \"end_line\": 44},"
				   "{\"name\": \"other\", \"file\": \"b.c\", \"line\": 50, \"end_line\": 52}]}";
	struct bg_tmpdir tmp;
	struct bg_provenance p = { 0 };
	json_t *o;

	CU_ASSERT_EQUAL_FATAL(bg_tmpdir_make(&tmp), 0);
	BG_CLEANUP(bg_freep) char *path = bg_join(tmp.path, "prog.bpf.c"), *list = bg_join(tmp.path, "functions.json");

	CU_ASSERT_EQUAL(bg_write_file(path, unit, strlen(unit)), 0);
	CU_ASSERT_EQUAL(bg_write_file(list, json, strlen(json)), 0);
	bg_provenance_read(&p, path);
	o = bg_provenance_of(&p, 4);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(o, "file")), "a.h");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "line")), 12);
	json_decref(o);
	o = bg_provenance_of(&p, 11);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(o, "file")), "b.c");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "line")), 43);
	json_decref(o);
	CU_ASSERT_TRUE(json_is_null(bg_provenance_of(&p, 1)));
	CU_ASSERT_TRUE(json_is_null(bg_provenance_of(&p, 16)));
	bg_provenance_done(&p);
	bg_tmpdir_done(&tmp);
}

static void test_verdicts(void)
{
	struct bg_hook xdp = { .name = (char *)"xdp", .prog_type = (char *)"xdp" };
	struct bg_hook tc = { .name = (char *)"tc-ingress", .prog_type = (char *)"sched_cls" };
	struct bg_hook other = { .name = (char *)"netfilter", .prog_type = (char *)"netfilter" };
	struct bg_verdicts accept = { &xdp, &tc, BG_PASS_ACCEPT }, cont = { &xdp, &tc, BG_PASS_CONTINUE },
			   back = { &tc, &xdp, 0 };
	BG_CLEANUP(bg_freep) char *text = NULL;
	uint32_t v;

	CU_ASSERT_TRUE(bg_verdicts_agree(&accept, 2, 0)); /* PASS: OK */
	CU_ASSERT_FALSE(bg_verdicts_agree(&accept, 2, (uint32_t)-1));
	CU_ASSERT_TRUE(bg_verdicts_agree(&cont, 2, (uint32_t)-1)); /* PASS: UNSPEC */
	CU_ASSERT_FALSE(bg_verdicts_agree(&cont, 2, 0));
	CU_ASSERT_FALSE(bg_verdicts_agree(&accept, 2, 3)); /* PIPE is no way to pass */
	for (uint32_t drop = 0; drop < 100; drop++)
		if (drop < 2 || drop > 4)
			CU_ASSERT_TRUE(bg_verdicts_agree(&cont, drop, 2)); /* ABORTED, DROP, unknown: SHOT */
	CU_ASSERT_TRUE(bg_verdicts_agree(&accept, 3, 7) && bg_verdicts_agree(&accept, 4, 7));
	CU_ASSERT_FALSE(bg_verdicts_agree(&accept, 3, 2));
	CU_ASSERT_TRUE(bg_verdicts_agree(&back, 7, 3) && bg_verdicts_agree(&back, 7, 4));
	CU_ASSERT_TRUE(bg_verdicts_agree(&back, 99, 2)); /* TC lets unknown numbers pass */
	CU_ASSERT_FALSE(bg_verdicts_comparable(&(struct bg_verdicts){ &xdp, &other, 0 }));
	CU_ASSERT_TRUE(bg_verdicts_comparable(&(struct bg_verdicts){ &other, &other, 0 }));
	CU_ASSERT_TRUE(bg_verdict_parse(&xdp, "XDP_TX", &v) && v == 3);
	CU_ASSERT_TRUE(bg_verdict_parse(&tc, "TCX_NEXT", &v) && v == (uint32_t)-1);
	CU_ASSERT_TRUE(bg_verdict_parse(&other, "1", &v) && v == 1);
	CU_ASSERT_FALSE(bg_verdict_parse(&xdp, "TC_ACT_OK", &v));
	CU_ASSERT_FALSE(bg_verdict_parse(&xdp, "", &v));
	CU_ASSERT_FALSE(bg_verdict_parse(&xdp, "2x", &v));
	text = bg_verdict_text(&xdp, 17);
	CU_ASSERT_STRING_EQUAL(text, "17");
}

/* A packet of VXLAN's port that ends within the Ethernet header in it; of its own size, so that ASan sees a look behind it. */
static void a_tunnel_that_is_cut_is_none(void)
{
	for (size_t n = 0; n < 22; n++) {
		static const unsigned char head[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17,
						      0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 0x12, 0xb5, 0, 0, 0, 0 };
		struct bg_packet p = { .len = sizeof(head) + n };
		struct bg_local l;

		p.bytes = bg_alloc(p.len);
		memcpy(p.bytes, head, sizeof(head));
		memset(p.bytes + sizeof(head), 0x08, n);
		CU_ASSERT_FALSE(bg_local_make(&p, BG_FORM_TUNNELLED, &l));
		free(p.bytes);
	}
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "base64", test_base64 },
		{ "a cut tunnel", a_tunnel_that_is_cut_is_none },
		{ "hexadecimal", test_hex },
		{ "YAML", test_yaml },
		{ "YAML errors", test_yaml_errors },
		{ "limits", test_limits },
		{ "pcap", test_pcap },
		{ "pcapng", test_pcapng },
		{ "bad captures", test_bad_captures },
		{ "generated packets", test_generated },
		{ "fields", test_fields },
		{ "headers of a packet", test_headers },
		{ "provenance", test_provenance },
		{ "verdicts", test_verdicts },
	};

	return BG_RUN_TESTS("vectors", tests);
}
