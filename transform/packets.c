// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/packets.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#define MAX_FRAME 1514u

/* What varies from packet to packet. */
struct flow {
	uint32_t saddr, daddr; /* host order; IPv6 addresses carry them in their last four bytes */
	uint16_t sport, dport;
	uint16_t payload; /* bytes */
	uint8_t ttl;
	uint8_t tcp_flags;
};

static const struct flow usual = { 0x0a000001, 0x0a000002, 1234, 80, 20, 64, 0x10 };

/* A packet is written from its end to its start: every header knows then what it contains. */
struct frame {
	unsigned char b[MAX_FRAME + 64];
	size_t at; /* start of what is written; the end is sizeof(b) */
};

static void frame_init(struct frame *f)
{
	f->at = sizeof(f->b);
}

static size_t frame_len(const struct frame *f)
{
	return sizeof(f->b) - f->at;
}

/* n bytes before what is there, cleared. */
static unsigned char *put(struct frame *f, size_t n)
{
	f->at -= n;
	memset(f->b + f->at, 0, n);
	return f->b + f->at;
}

static void be16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static void be32(unsigned char *p, uint32_t v)
{
	be16(p, v >> 16);
	be16(p + 2, v & 0xffff);
}

static uint32_t sum_words(const unsigned char *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return n & 1 ? sum + ((uint32_t)p[n - 1] << 8) : sum;
}

static unsigned fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static void payload(struct frame *f, size_t n)
{
	unsigned char *p = put(f, n);

	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)('a' + i % 26);
}

/* The checksum of UDP, TCP or ICMPv6 over all that is written, once the addresses of the header to come are known. */
static void transport_checksum(struct frame *f, const struct flow *fl, unsigned proto, bool v6, size_t offset)
{
	unsigned char *p = f->b + f->at;
	size_t n = frame_len(f);
	uint32_t sum = proto + (uint32_t)n;
	unsigned csum;

	sum += (fl->saddr >> 16) + (fl->saddr & 0xffff) + (fl->daddr >> 16) + (fl->daddr & 0xffff);
	if (v6)
		sum += 2 * 0xfc00;
	csum = fold(sum_words(p, n, sum));
	be16(p + offset, proto == IPPROTO_UDP && !csum ? 0xffff : csum);
}

static void udp(struct frame *f, const struct flow *fl, unsigned dport, bool v6)
{
	size_t n = frame_len(f) + 8;
	unsigned char *p = put(f, 8);

	be16(p, fl->sport);
	be16(p + 2, dport);
	be16(p + 4, (unsigned)n);
	transport_checksum(f, fl, IPPROTO_UDP, v6, 6);
}

static void tcp(struct frame *f, const struct flow *fl, bool v6)
{
	unsigned char *p = put(f, 20);

	be16(p, fl->sport);
	be16(p + 2, fl->dport);
	be32(p + 4, 1000);
	p[12] = 5 << 4;
	p[13] = fl->tcp_flags;
	be16(p + 14, 8192);
	transport_checksum(f, fl, IPPROTO_TCP, v6, 16);
}

static void icmp(struct frame *f, unsigned type, unsigned code)
{
	unsigned char *p = put(f, 8);

	p[0] = (unsigned char)type;
	p[1] = (unsigned char)code;
	be16(p + 4, 7);
	be16(p + 6, 1);
	be16(p + 2, fold(sum_words(p, frame_len(f), 0)));
}

static void icmp6(struct frame *f, const struct flow *fl, unsigned type)
{
	unsigned char *p = put(f, 8);

	p[0] = (unsigned char)type;
	be16(p + 4, 7);
	be16(p + 6, 1);
	transport_checksum(f, fl, IPPROTO_ICMPV6, true, 2);
}

static void ip4(struct frame *f, const struct flow *fl, unsigned proto, unsigned fragment, size_t options)
{
	size_t n = frame_len(f) + 20 + options;
	unsigned char *p = put(f, 20 + options);

	p[0] = (unsigned char)(0x40 | (20 + options) / 4);
	be16(p + 2, (unsigned)n);
	be16(p + 4, 1);
	be16(p + 6, fragment);
	p[8] = fl->ttl;
	p[9] = (unsigned char)proto;
	be32(p + 12, fl->saddr);
	be32(p + 16, fl->daddr);
	memset(p + 20, 1, options); /* no-operation */
	be16(p + 10, fold(sum_words(p, 20 + options, 0)));
}

static void ip6(struct frame *f, const struct flow *fl, unsigned next)
{
	size_t n = frame_len(f);
	unsigned char *p = put(f, 40);

	p[0] = 0x60;
	be16(p + 4, (unsigned)n);
	p[6] = (unsigned char)next;
	p[7] = fl->ttl;
	p[8] = p[24] = 0xfc;
	be32(p + 20, fl->saddr);
	be32(p + 36, fl->daddr);
}

static void eth(struct frame *f, unsigned type)
{
	static const unsigned char macs[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
	unsigned char *p = put(f, ETH_HLEN);

	memcpy(p, macs, sizeof(macs));
	be16(p + 12, type);
}

/* A VLAN tag before what is there, whose EtherType is type. */
static void tag(struct frame *f, unsigned tci, unsigned type)
{
	unsigned char *p = put(f, 4);

	be16(p, tci);
	be16(p + 2, type);
}

static void v4_udp(struct frame *f, const struct flow *fl)
{
	payload(f, fl->payload);
	udp(f, fl, fl->dport, false);
	ip4(f, fl, IPPROTO_UDP, 0x4000, 0);
}

static void v6_tcp(struct frame *f, const struct flow *fl)
{
	payload(f, fl->payload);
	tcp(f, fl, true);
	ip6(f, fl, IPPROTO_TCP);
}

static void make_arp(struct frame *f, const struct flow *fl)
{
	static const unsigned char head[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	unsigned char *p = put(f, 46); /* 28 and the padding to the least frame */

	memcpy(p, head, sizeof(head));
	p[8] = 2;
	p[13] = 2;
	be32(p + 14, fl->saddr);
	be32(p + 24, fl->daddr);
	eth(f, ETH_P_ARP);
}

static void make_v4_udp(struct frame *f, const struct flow *fl)
{
	v4_udp(f, fl);
	eth(f, ETH_P_IP);
}

static void make_v4_tcp(struct frame *f, const struct flow *fl)
{
	payload(f, fl->payload);
	tcp(f, fl, false);
	ip4(f, fl, IPPROTO_TCP, 0x4000, 0);
	eth(f, ETH_P_IP);
}

static void make_v4_syn(struct frame *f, const struct flow *fl)
{
	struct flow syn = *fl;

	syn.tcp_flags = 0x02;
	syn.payload = 0;
	make_v4_tcp(f, &syn);
}

static void make_v4_icmp(struct frame *f, const struct flow *fl)
{
	payload(f, fl->payload);
	icmp(f, 8, 0);
	ip4(f, fl, IPPROTO_ICMP, 0, 0);
	eth(f, ETH_P_IP);
}

/* "fragmentation needed", with the header that it is about. */
static void make_v4_too_big(struct frame *f, const struct flow *fl)
{
	payload(f, 0);
	tcp(f, fl, false);
	ip4(f, fl, IPPROTO_TCP, 0x4000, 0);
	icmp(f, 3, 4);
	ip4(f, fl, IPPROTO_ICMP, 0, 0);
	eth(f, ETH_P_IP);
}

static void make_v4_options(struct frame *f, const struct flow *fl)
{
	payload(f, fl->payload);
	udp(f, fl, fl->dport, false);
	ip4(f, fl, IPPROTO_UDP, 0, 8);
	eth(f, ETH_P_IP);
}

static void make_v4_first_fragment(struct frame *f, const struct flow *fl)
{
	payload(f, fl->payload & ~7u);
	udp(f, fl, fl->dport, false);
	ip4(f, fl, IPPROTO_UDP, 0x2000, 0);
	eth(f, ETH_P_IP);
}

static void make_v4_later_fragment(struct frame *f, const struct flow *fl)
{
	payload(f, fl->payload);
	ip4(f, fl, IPPROTO_UDP, 0x00b9, 0);
	eth(f, ETH_P_IP);
}

static void make_v6_udp(struct frame *f, const struct flow *fl)
{
	payload(f, fl->payload);
	udp(f, fl, fl->dport, true);
	ip6(f, fl, IPPROTO_UDP);
	eth(f, ETH_P_IPV6);
}

static void make_v6_tcp(struct frame *f, const struct flow *fl)
{
	v6_tcp(f, fl);
	eth(f, ETH_P_IPV6);
}

static void make_v6_icmp(struct frame *f, const struct flow *fl)
{
	payload(f, fl->payload);
	icmp6(f, fl, 128);
	ip6(f, fl, IPPROTO_ICMPV6);
	eth(f, ETH_P_IPV6);
}

static void make_v6_neighbour(struct frame *f, const struct flow *fl)
{
	payload(f, 16);
	icmp6(f, fl, 135);
	ip6(f, fl, IPPROTO_ICMPV6);
	eth(f, ETH_P_IPV6);
}

/* Extension headers are 8 bytes whose first names what follows. */
static void make_v6_hop_by_hop(struct frame *f, const struct flow *fl)
{
	unsigned char *p;

	payload(f, fl->payload);
	udp(f, fl, fl->dport, true);
	p = put(f, 8);
	p[0] = IPPROTO_UDP;
	p[2] = 1; /* PadN */
	p[3] = 4;
	ip6(f, fl, IPPROTO_HOPOPTS);
	eth(f, ETH_P_IPV6);
}

static void make_v6_fragment(struct frame *f, const struct flow *fl)
{
	unsigned char *p;

	payload(f, fl->payload & ~7u);
	udp(f, fl, fl->dport, true);
	p = put(f, 8);
	p[0] = IPPROTO_UDP;
	be16(p + 2, 1); /* more fragments */
	be32(p + 4, 7);
	ip6(f, fl, IPPROTO_FRAGMENT);
	eth(f, ETH_P_IPV6);
}

static void make_vlan(struct frame *f, const struct flow *fl)
{
	v4_udp(f, fl);
	tag(f, 0x6005, ETH_P_IP);
	eth(f, ETH_P_8021Q);
}

static void make_vlan_v6(struct frame *f, const struct flow *fl)
{
	v6_tcp(f, fl);
	tag(f, 100, ETH_P_IPV6);
	eth(f, ETH_P_8021Q);
}

static void make_qinq(struct frame *f, const struct flow *fl)
{
	v4_udp(f, fl);
	tag(f, 100, ETH_P_IP);
	tag(f, 5, ETH_P_8021Q);
	eth(f, ETH_P_8021AD);
}

static void make_ipip(struct frame *f, const struct flow *fl)
{
	v4_udp(f, fl);
	ip4(f, fl, IPPROTO_IPIP, 0, 0);
	eth(f, ETH_P_IP);
}

static void make_6in4(struct frame *f, const struct flow *fl)
{
	v6_tcp(f, fl);
	ip4(f, fl, IPPROTO_IPV6, 0, 0);
	eth(f, ETH_P_IP);
}

static void make_4in6(struct frame *f, const struct flow *fl)
{
	v4_udp(f, fl);
	ip6(f, fl, IPPROTO_IPIP);
	eth(f, ETH_P_IPV6);
}

static void make_6in6(struct frame *f, const struct flow *fl)
{
	v6_tcp(f, fl);
	ip6(f, fl, IPPROTO_IPV6);
	eth(f, ETH_P_IPV6);
}

static void make_gre(struct frame *f, const struct flow *fl)
{
	v4_udp(f, fl);
	be16(put(f, 4) + 2, ETH_P_IP);
	ip4(f, fl, IPPROTO_GRE, 0, 0);
	eth(f, ETH_P_IP);
}

/* Generic UDP encapsulation without a header of its own (variant 1: the inner version nibble follows UDP). */
static void gue(struct frame *f, const struct flow *fl, unsigned port)
{
	v4_udp(f, fl);
	udp(f, fl, port, false);
	ip4(f, fl, IPPROTO_UDP, 0, 0);
	eth(f, ETH_P_IP);
}

static void make_gue(struct frame *f, const struct flow *fl)
{
	gue(f, fl, 6080); /* IANA's */
}

static void make_gue_9886(struct frame *f, const struct flow *fl)
{
	gue(f, fl, 9886);
}

static void make_gue_9887(struct frame *f, const struct flow *fl)
{
	gue(f, fl, 9887);
}

static void make_gue_v6(struct frame *f, const struct flow *fl)
{
	v6_tcp(f, fl);
	udp(f, fl, 6080, true);
	ip6(f, fl, IPPROTO_UDP);
	eth(f, ETH_P_IPV6);
}

static void make_mpls(struct frame *f, const struct flow *fl)
{
	v4_udp(f, fl);
	be32(put(f, 4), 16u << 12 | 0x100 | 64);
	eth(f, ETH_P_MPLS_UC);
}

static void make_unknown(struct frame *f, const struct flow *fl)
{
	payload(f, 46u + fl->payload % 32);
	eth(f, 0x88b5); /* IEEE's for experiments */
}

static void make_ttl_1(struct frame *f, const struct flow *fl)
{
	struct flow last = *fl;

	last.ttl = 1;
	make_v4_udp(f, &last);
}

static void make_full(struct frame *f, const struct flow *fl)
{
	struct flow big = *fl;

	big.payload = MAX_FRAME - ETH_HLEN - 28;
	make_v4_udp(f, &big);
}

/* Frames that end early: cut to so many bytes. */
static const struct {
	const char *name;
	void (*make)(struct frame *, const struct flow *);
	size_t cut;
} kinds[] = {
	{ "arp", make_arp, 0 },
	{ "ipv4 udp", make_v4_udp, 0 },
	{ "ipv4 tcp", make_v4_tcp, 0 },
	{ "ipv4 tcp syn", make_v4_syn, 0 },
	{ "ipv4 icmp echo", make_v4_icmp, 0 },
	{ "ipv4 icmp too big", make_v4_too_big, 0 },
	{ "ipv4 with options", make_v4_options, 0 },
	{ "ipv4 first fragment", make_v4_first_fragment, 0 },
	{ "ipv4 later fragment", make_v4_later_fragment, 0 },
	{ "ipv4 ttl 1", make_ttl_1, 0 },
	{ "ipv4 of 1500 bytes", make_full, 0 },
	{ "ipv6 udp", make_v6_udp, 0 },
	{ "ipv6 tcp", make_v6_tcp, 0 },
	{ "ipv6 icmp echo", make_v6_icmp, 0 },
	{ "ipv6 neighbour solicitation", make_v6_neighbour, 0 },
	{ "ipv6 hop-by-hop", make_v6_hop_by_hop, 0 },
	{ "ipv6 fragment", make_v6_fragment, 0 },
	{ "vlan ipv4", make_vlan, 0 },
	{ "vlan ipv6", make_vlan_v6, 0 },
	{ "qinq ipv4", make_qinq, 0 },
	{ "ipip", make_ipip, 0 },
	{ "6in4", make_6in4, 0 },
	{ "4in6", make_4in6, 0 },
	{ "6in6", make_6in6, 0 },
	{ "gre", make_gre, 0 },
	{ "gue port 6080", make_gue, 0 },
	{ "gue port 9886", make_gue_9886, 0 },
	{ "gue port 9887", make_gue_9887, 0 },
	{ "gue ipv6", make_gue_v6, 0 },
	{ "mpls", make_mpls, 0 },
	{ "unknown ethertype", make_unknown, 0 },
	{ "runt of 13 bytes", make_v4_udp, 13 },
	{ "ethernet header alone", make_v4_udp, 14 },
	{ "ipv4 header cut", make_v4_udp, 33 },
	{ "udp header cut", make_v4_udp, 38 },
	{ "tcp header cut", make_v4_tcp, 50 },
	{ "ipv6 header cut", make_v6_udp, 50 },
	{ "ipip inner header cut", make_ipip, 44 },
	{ "vlan tag cut", make_vlan, 16 },
};

/* xorshift32 (Marsaglia 2003): any fixed sequence does, this one is short. */
static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static struct flow vary(uint32_t *state)
{
	static const uint16_t ports[] = { 0,	22,   53,   80,	  123,	443,   1194, 4789,
					  6080, 6081, 8080, 9886, 9887, 51820, 65535 };
	static const uint8_t flags[] = { 0x00, 0x01, 0x02, 0x04, 0x10, 0x11, 0x12, 0x14, 0x18, 0x29, 0xff };
	struct flow f = usual;

	f.saddr = next_random(state) % 4 ? 0x0a000000 | (next_random(state) & 0xffffff) : next_random(state);
	f.daddr = next_random(state) % 4 ? 0xc0a80000 | (next_random(state) & 0xffff) : next_random(state);
	f.sport = (uint16_t)next_random(state);
	f.dport = next_random(state) % 2 ? ports[next_random(state) % BG_ARRAY_SIZE(ports)]
					 : (uint16_t)next_random(state);
	f.payload = (uint16_t)(next_random(state) % 8 ? next_random(state) % 128 : next_random(state) % 1200);
	f.ttl = next_random(state) % 4 ? 64 : (uint8_t)next_random(state);
	f.tcp_flags = flags[next_random(state) % BG_ARRAY_SIZE(flags)];
	return f;
}

static bool add(struct bg_vectors *vs, size_t kind, const struct flow *fl, unsigned variation)
{
	BG_CLEANUP(bg_freep)
	char *name = variation ? bg_printf("generated: %s, variation %u", kinds[kind].name, variation)
			       : bg_printf("generated: %s", kinds[kind].name);
	struct frame f;
	size_t n;

	frame_init(&f);
	kinds[kind].make(&f, fl);
	n = kinds[kind].cut && kinds[kind].cut < frame_len(&f) ? kinds[kind].cut : frame_len(&f);
	if (!bg_vectors_add(vs, name, BG_NOWHERE, f.b + f.at, n))
		return false;
	vs->all.v[vs->all.n - 1].generated = true;
	return true;
}

bool bg_packets_generate(struct bg_vectors *vs, unsigned n)
{
	uint32_t state = 0x62706667; /* "bpfg" */

	for (size_t i = 0; i < BG_ARRAY_SIZE(kinds); i++)
		if (!add(vs, i, &usual, 0))
			return false;
	for (unsigned i = 0; i < n; i++) {
		struct flow fl = vary(&state);

		if (!add(vs, next_random(&state) % BG_ARRAY_SIZE(kinds), &fl, i + 1))
			return false;
	}
	return true;
}
