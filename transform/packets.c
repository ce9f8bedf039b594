// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/packets.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "transform/frame.h"

static const struct bg_flow usual = { 0x0a000001, 0x0a000002, 1234, 80, 20, 64, 0x10, 0, 8, 42, 5 };

static void v4_udp(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_udp(f, fl, fl->dport, false);
	bg_frame_ip4(f, fl, IPPROTO_UDP, 0x4000, 0);
}

static void v6_tcp(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_tcp(f, fl, true, NULL, 0);
	bg_frame_ip6(f, fl, IPPROTO_TCP);
}

static void arp(struct bg_frame *f, const struct bg_flow *fl)
{
	static const unsigned char head[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	unsigned char *p = bg_frame_put(f, 46); /* 28 and the padding to the least frame */

	memcpy(p, head, sizeof(head));
	p[8] = 2;
	p[13] = 2;
	bg_put_be32(p + 14, fl->saddr);
	bg_put_be32(p + 24, fl->daddr);
}

static void make_arp(struct bg_frame *f, const struct bg_flow *fl)
{
	arp(f, fl);
	bg_frame_eth(f, ETH_P_ARP);
}

static void make_v4_udp(struct bg_frame *f, const struct bg_flow *fl)
{
	v4_udp(f, fl);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_v4_tcp(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_tcp(f, fl, false, NULL, 0);
	bg_frame_ip4(f, fl, IPPROTO_TCP, 0x4000, 0);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_v4_syn(struct bg_frame *f, const struct bg_flow *fl)
{
	struct bg_flow syn = *fl;

	syn.tcp_flags = 0x02;
	syn.payload = 0;
	make_v4_tcp(f, &syn);
}

static void make_v4_icmp(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_icmp(f, 8, 0);
	bg_frame_ip4(f, fl, IPPROTO_ICMP, 0, 0);
	bg_frame_eth(f, ETH_P_IP);
}

/* "fragmentation needed", with the header that it is about. */
static void make_v4_too_big(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, 0);
	bg_frame_tcp(f, fl, false, NULL, 0);
	bg_frame_ip4(f, fl, IPPROTO_TCP, 0x4000, 0);
	bg_frame_icmp(f, 3, 4);
	bg_frame_ip4(f, fl, IPPROTO_ICMP, 0, 0);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_v4_options(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_udp(f, fl, fl->dport, false);
	bg_frame_ip4(f, fl, IPPROTO_UDP, 0, 8);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_v4_first_fragment(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload & ~7u);
	bg_frame_udp(f, fl, fl->dport, false);
	bg_frame_ip4(f, fl, IPPROTO_UDP, 0x2000, 0);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_v4_later_fragment(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_ip4(f, fl, IPPROTO_UDP, 0x00b9, 0);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_v6_udp(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_udp(f, fl, fl->dport, true);
	bg_frame_ip6(f, fl, IPPROTO_UDP);
	bg_frame_eth(f, ETH_P_IPV6);
}

static void make_v6_tcp(struct bg_frame *f, const struct bg_flow *fl)
{
	v6_tcp(f, fl);
	bg_frame_eth(f, ETH_P_IPV6);
}

static void make_v6_icmp(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_icmp6(f, fl, 128);
	bg_frame_ip6(f, fl, IPPROTO_ICMPV6);
	bg_frame_eth(f, ETH_P_IPV6);
}

static void make_v6_neighbour(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, 16);
	bg_frame_icmp6(f, fl, 135);
	bg_frame_ip6(f, fl, IPPROTO_ICMPV6);
	bg_frame_eth(f, ETH_P_IPV6);
}

static void make_v6_hop_by_hop(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_udp(f, fl, fl->dport, true);
	bg_frame_ip6_options(f, IPPROTO_UDP);
	bg_frame_ip6(f, fl, IPPROTO_HOPOPTS);
	bg_frame_eth(f, ETH_P_IPV6);
}

/* Hop-by-hop, routing and destination options before TCP: a program that follows the chain has something to follow. */
static void make_v6_chain(struct bg_frame *f, const struct bg_flow *fl)
{
	unsigned char *p;

	bg_frame_payload(f, fl->payload);
	bg_frame_tcp(f, fl, true, NULL, 0);
	bg_frame_ip6_options(f, IPPROTO_TCP);
	p = bg_frame_put(f, 8); /* segments left 0 */
	p[0] = IPPROTO_DSTOPTS;
	p[2] = 4;
	bg_frame_ip6_options(f, IPPROTO_ROUTING);
	bg_frame_ip6(f, fl, IPPROTO_HOPOPTS);
	bg_frame_eth(f, ETH_P_IPV6);
}

static void make_v6_no_next(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_ip6(f, fl, IPPROTO_NONE);
	bg_frame_eth(f, ETH_P_IPV6);
}

/* The same for ICMPv6: type 2, with the header that it is about. */
static void make_v6_too_big(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_tcp(f, fl, true, NULL, 0);
	bg_frame_ip6(f, fl, IPPROTO_TCP);
	bg_frame_icmp6(f, fl, 2);
	bg_frame_ip6(f, fl, IPPROTO_ICMPV6);
	bg_frame_eth(f, ETH_P_IPV6);
}

static void make_v4_icmp_kind(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_udp(f, fl, fl->dport, false);
	bg_frame_ip4(f, fl, IPPROTO_UDP, 0, 0);
	bg_frame_icmp(f, fl->kind, fl->kind & 3);
	bg_frame_ip4(f, fl, IPPROTO_ICMP, 0, 0);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_v6_icmp_kind(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_icmp6(f, fl, fl->kind);
	bg_frame_ip6(f, fl, IPPROTO_ICMPV6);
	bg_frame_eth(f, ETH_P_IPV6);
}

/* Maximum segment size, window scale, timestamps, and padding, as a SYN has them. */
static const unsigned char tcp_options[] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0, 1, 3, 3, 7 };

static void make_v4_tcp_options(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_tcp(f, fl, false, tcp_options, sizeof(tcp_options));
	bg_frame_ip4(f, fl, IPPROTO_TCP, 0x4000, 0);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_v6_tcp_options(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, fl->payload);
	bg_frame_tcp(f, fl, true, tcp_options, sizeof(tcp_options));
	bg_frame_ip6(f, fl, IPPROTO_TCP);
	bg_frame_eth(f, ETH_P_IPV6);
}

static void make_v6_fragment(struct bg_frame *f, const struct bg_flow *fl)
{
	unsigned char *p;

	bg_frame_payload(f, fl->payload & ~7u);
	bg_frame_udp(f, fl, fl->dport, true);
	p = bg_frame_put(f, 8);
	p[0] = IPPROTO_UDP;
	bg_put_be16(p + 2, 1); /* more fragments */
	bg_put_be32(p + 4, 7);
	bg_frame_ip6(f, fl, IPPROTO_FRAGMENT);
	bg_frame_eth(f, ETH_P_IPV6);
}

static void make_vlan(struct bg_frame *f, const struct bg_flow *fl)
{
	v4_udp(f, fl);
	bg_frame_tag(f, 0x6000 | fl->vlan, ETH_P_IP);
	bg_frame_eth(f, ETH_P_8021Q);
}

static void make_vlan_v6(struct bg_frame *f, const struct bg_flow *fl)
{
	v6_tcp(f, fl);
	bg_frame_tag(f, fl->vlan, ETH_P_IPV6);
	bg_frame_eth(f, ETH_P_8021Q);
}

static void make_qinq(struct bg_frame *f, const struct bg_flow *fl)
{
	v4_udp(f, fl);
	bg_frame_tag(f, 100, ETH_P_IP);
	bg_frame_tag(f, fl->vlan, ETH_P_8021Q);
	bg_frame_eth(f, ETH_P_8021AD);
}

static void make_vlan_arp(struct bg_frame *f, const struct bg_flow *fl)
{
	arp(f, fl);
	bg_frame_tag(f, fl->vlan, ETH_P_ARP);
	bg_frame_eth(f, ETH_P_8021Q);
}

static void make_three_tags(struct bg_frame *f, const struct bg_flow *fl)
{
	v6_tcp(f, fl);
	bg_frame_tag(f, 7, ETH_P_IPV6);
	bg_frame_tag(f, 6, ETH_P_8021Q);
	bg_frame_tag(f, fl->vlan, ETH_P_8021Q);
	bg_frame_eth(f, ETH_P_8021AD);
}

static void make_ipip(struct bg_frame *f, const struct bg_flow *fl)
{
	v4_udp(f, fl);
	bg_frame_ip4(f, fl, IPPROTO_IPIP, 0, 0);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_6in4(struct bg_frame *f, const struct bg_flow *fl)
{
	v6_tcp(f, fl);
	bg_frame_ip4(f, fl, IPPROTO_IPV6, 0, 0);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_4in6(struct bg_frame *f, const struct bg_flow *fl)
{
	v4_udp(f, fl);
	bg_frame_ip6(f, fl, IPPROTO_IPIP);
	bg_frame_eth(f, ETH_P_IPV6);
}

static void make_6in6(struct bg_frame *f, const struct bg_flow *fl)
{
	v6_tcp(f, fl);
	bg_frame_ip6(f, fl, IPPROTO_IPV6);
	bg_frame_eth(f, ETH_P_IPV6);
}

static void make_gre(struct bg_frame *f, const struct bg_flow *fl)
{
	v4_udp(f, fl);
	bg_put_be16(bg_frame_put(f, 4) + 2, ETH_P_IP);
	bg_frame_ip4(f, fl, IPPROTO_GRE, 0, 0);
	bg_frame_eth(f, ETH_P_IP);
}

/* With a key, and IPv6 inside. */
static void make_gre_key(struct bg_frame *f, const struct bg_flow *fl)
{
	unsigned char *p;

	v6_tcp(f, fl);
	p = bg_frame_put(f, 8);
	p[0] = 0x20;
	bg_put_be16(p + 2, ETH_P_IPV6);
	bg_put_be32(p + 4, fl->tunnel);
	bg_frame_ip4(f, fl, IPPROTO_GRE, 0, 0);
	bg_frame_eth(f, ETH_P_IP);
}

/* A header of 8 bytes (RFC 7348), then a whole frame. */
static void vxlan(struct bg_frame *f, const struct bg_flow *fl)
{
	unsigned char *p;

	v4_udp(f, fl);
	bg_frame_eth(f, ETH_P_IP);
	p = bg_frame_put(f, 8);
	p[0] = 8;
	bg_put_be32(p + 4, fl->tunnel << 8);
}

static void make_vxlan(struct bg_frame *f, const struct bg_flow *fl)
{
	vxlan(f, fl);
	bg_frame_udp(f, fl, 4789, false);
	bg_frame_ip4(f, fl, IPPROTO_UDP, 0x4000, 0);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_vxlan_v6(struct bg_frame *f, const struct bg_flow *fl)
{
	vxlan(f, fl);
	bg_frame_udp(f, fl, 4789, true);
	bg_frame_ip6(f, fl, IPPROTO_UDP);
	bg_frame_eth(f, ETH_P_IPV6);
}

static void make_geneve(struct bg_frame *f, const struct bg_flow *fl)
{
	unsigned char *p;

	v4_udp(f, fl);
	p = bg_frame_put(f, 8);
	bg_put_be16(p + 2, ETH_P_IP);
	bg_put_be32(p + 4, fl->tunnel << 8);
	bg_frame_udp(f, fl, 6081, false);
	bg_frame_ip4(f, fl, IPPROTO_UDP, 0, 0);
	bg_frame_eth(f, ETH_P_IP);
}

/* Variant 0: a header of 4 bytes that names the protocol inside. */
static void make_gue_0(struct bg_frame *f, const struct bg_flow *fl)
{
	v4_udp(f, fl);
	bg_frame_put(f, 4)[1] = IPPROTO_IPIP;
	bg_frame_udp(f, fl, 6080, false);
	bg_frame_ip4(f, fl, IPPROTO_UDP, 0, 0);
	bg_frame_eth(f, ETH_P_IP);
}

/* To the flow's own port: the program may have one that nobody else has. */
static void make_gue_dport(struct bg_frame *f, const struct bg_flow *fl)
{
	struct bg_flow inner = *fl;

	inner.dport = 80;
	v4_udp(f, &inner);
	bg_frame_udp(f, fl, fl->dport, false);
	bg_frame_ip4(f, fl, IPPROTO_UDP, 0, 0);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_gue_v6_dport(struct bg_frame *f, const struct bg_flow *fl)
{
	struct bg_flow inner = *fl;

	inner.dport = 80;
	v6_tcp(f, &inner);
	bg_frame_udp(f, fl, fl->dport, true);
	bg_frame_ip6(f, fl, IPPROTO_UDP);
	bg_frame_eth(f, ETH_P_IPV6);
}

/* Generic UDP encapsulation without a header of its own (variant 1: the inner version nibble follows UDP). */
static void gue(struct bg_frame *f, const struct bg_flow *fl, unsigned port)
{
	v4_udp(f, fl);
	bg_frame_udp(f, fl, port, false);
	bg_frame_ip4(f, fl, IPPROTO_UDP, 0, 0);
	bg_frame_eth(f, ETH_P_IP);
}

static void make_gue(struct bg_frame *f, const struct bg_flow *fl)
{
	gue(f, fl, 6080); /* IANA's */
}

static void make_gue_9886(struct bg_frame *f, const struct bg_flow *fl)
{
	gue(f, fl, 9886);
}

static void make_gue_9887(struct bg_frame *f, const struct bg_flow *fl)
{
	gue(f, fl, 9887);
}

static void make_gue_v6(struct bg_frame *f, const struct bg_flow *fl)
{
	v6_tcp(f, fl);
	bg_frame_udp(f, fl, 6080, true);
	bg_frame_ip6(f, fl, IPPROTO_UDP);
	bg_frame_eth(f, ETH_P_IPV6);
}

static void make_mpls(struct bg_frame *f, const struct bg_flow *fl)
{
	v4_udp(f, fl);
	bg_put_be32(bg_frame_put(f, 4), fl->tunnel << 12 | 0x100 | 64);
	bg_frame_eth(f, ETH_P_MPLS_UC);
}

static void make_mpls_two(struct bg_frame *f, const struct bg_flow *fl)
{
	v6_tcp(f, fl);
	bg_put_be32(bg_frame_put(f, 4), 17u << 12 | 0x100 | 64);
	bg_put_be32(bg_frame_put(f, 4), fl->tunnel << 12 | 64);
	bg_frame_eth(f, ETH_P_MPLS_UC);
}

static void make_unknown(struct bg_frame *f, const struct bg_flow *fl)
{
	bg_frame_payload(f, 46u + fl->payload % 32);
	bg_frame_eth(f, 0x88b5); /* IEEE's for experiments */
}

static void make_ttl_1(struct bg_frame *f, const struct bg_flow *fl)
{
	struct bg_flow last = *fl;

	last.ttl = 1;
	make_v4_udp(f, &last);
}

static void make_full(struct bg_frame *f, const struct bg_flow *fl)
{
	struct bg_flow big = *fl;

	big.payload = 1500 - 28;
	make_v4_udp(f, &big);
}

static void make_jumbo(struct bg_frame *f, const struct bg_flow *fl)
{
	struct bg_flow big = *fl;

	big.payload = BG_FRAME_MAX - ETH_HLEN - 28;
	make_v4_udp(f, &big);
}

/* Frames that end early: cut to so many bytes. */
static const struct {
	const char *name;
	void (*make)(struct bg_frame *, const struct bg_flow *);
	size_t cut;
} kinds[] = {
	{ "arp", make_arp, 0 },
	{ "ipv4 udp", make_v4_udp, 0 },
	{ "ipv4 tcp", make_v4_tcp, 0 },
	{ "ipv4 tcp syn", make_v4_syn, 0 },
	{ "ipv4 tcp options", make_v4_tcp_options, 0 },
	{ "ipv4 icmp echo", make_v4_icmp, 0 },
	{ "ipv4 icmp too big", make_v4_too_big, 0 },
	{ "ipv4 icmp error", make_v4_icmp_kind, 0 },
	{ "ipv4 with options", make_v4_options, 0 },
	{ "ipv4 first fragment", make_v4_first_fragment, 0 },
	{ "ipv4 later fragment", make_v4_later_fragment, 0 },
	{ "ipv4 ttl 1", make_ttl_1, 0 },
	{ "ipv4 of 1500 bytes", make_full, 0 },
	{ "ipv4 jumbo", make_jumbo, 0 },
	{ "ipv6 udp", make_v6_udp, 0 },
	{ "ipv6 tcp", make_v6_tcp, 0 },
	{ "ipv6 tcp options", make_v6_tcp_options, 0 },
	{ "ipv6 icmp echo", make_v6_icmp, 0 },
	{ "ipv6 icmp too big", make_v6_too_big, 0 },
	{ "ipv6 icmp", make_v6_icmp_kind, 0 },
	{ "ipv6 neighbour solicitation", make_v6_neighbour, 0 },
	{ "ipv6 hop-by-hop", make_v6_hop_by_hop, 0 },
	{ "ipv6 extension headers", make_v6_chain, 0 },
	{ "ipv6 no next header", make_v6_no_next, 0 },
	{ "ipv6 fragment", make_v6_fragment, 0 },
	{ "vlan ipv4", make_vlan, 0 },
	{ "vlan ipv6", make_vlan_v6, 0 },
	{ "vlan arp", make_vlan_arp, 0 },
	{ "qinq ipv4", make_qinq, 0 },
	{ "three vlan tags", make_three_tags, 0 },
	{ "ipip", make_ipip, 0 },
	{ "6in4", make_6in4, 0 },
	{ "4in6", make_4in6, 0 },
	{ "6in6", make_6in6, 0 },
	{ "gre", make_gre, 0 },
	{ "gre with key", make_gre_key, 0 },
	{ "vxlan", make_vxlan, 0 },
	{ "vxlan ipv6", make_vxlan_v6, 0 },
	{ "geneve", make_geneve, 0 },
	{ "gue variant 0", make_gue_0, 0 },
	{ "gue any port", make_gue_dport, 0 },
	{ "gue ipv6 any port", make_gue_v6_dport, 0 },
	{ "gue port 6080", make_gue, 0 },
	{ "gue port 9886", make_gue_9886, 0 },
	{ "gue port 9887", make_gue_9887, 0 },
	{ "gue ipv6", make_gue_v6, 0 },
	{ "mpls", make_mpls, 0 },
	{ "mpls of two labels", make_mpls_two, 0 },
	{ "unknown ethertype", make_unknown, 0 },
	{ "runt of 13 bytes", make_v4_udp, 13 },
	{ "ethernet header alone", make_v4_udp, 14 },
	{ "ipv4 header cut", make_v4_udp, 33 },
	{ "udp header cut", make_v4_udp, 38 },
	{ "tcp header cut", make_v4_tcp, 50 },
	{ "tcp options cut", make_v4_tcp_options, 60 },
	{ "ipv6 tcp header cut", make_v6_tcp, 70 },
	{ "vxlan inner frame cut", make_vxlan, 60 },
	{ "gre header cut", make_gre, 36 },
	{ "icmp header cut", make_v4_icmp, 38 },
	{ "ipv6 header cut", make_v6_udp, 50 },
	{ "ipip inner header cut", make_ipip, 44 },
	{ "vlan tag cut", make_vlan, 16 },
};

/* A number of the program's, or by chance. */
static uint32_t seeded(const struct bg_seeds *seeds, size_t bytes, uint64_t *state)
{
	return bg_random(state) % 3 ? bg_random(state) & (uint32_t)((1ull << 8 * bytes) - 1)
				    : (uint32_t)bg_seeds_pick(seeds, bytes, state);
}

static struct bg_flow vary(const struct bg_seeds *seeds, uint64_t *state)
{
	static const uint16_t ports[] = { 0,	22,   53,   80,	  123,	443,   1194, 4789,
					  6080, 6081, 8080, 9886, 9887, 51820, 65535 };
	static const uint8_t flags[] = { 0x00, 0x01, 0x02, 0x04, 0x10, 0x11, 0x12, 0x14, 0x18, 0x29, 0xff };
	static const uint8_t kinds_of_icmp[] = { 0, 1, 2, 3, 4, 5, 8, 11, 12, 128, 129, 133, 134, 135, 136 };
	struct bg_flow f = usual;

	f.saddr = bg_random(state) % 4 ? 0x0a000000 | (bg_random(state) & 0xffffff) : seeded(seeds, 4, state);
	f.daddr = bg_random(state) % 4 ? 0xc0a80000 | (bg_random(state) & 0xffff) : seeded(seeds, 4, state);
	f.sport = (uint16_t)seeded(seeds, 2, state);
	f.dport = bg_random(state) % 2 ? ports[bg_random(state) % BG_ARRAY_SIZE(ports)]
				       : (uint16_t)seeded(seeds, 2, state);
	f.payload = (uint16_t)(bg_random(state) % 8 ? bg_random(state) % 128 : bg_random(state) % 1200);
	f.ttl = bg_random(state) % 4 ? 64 : (uint8_t)bg_random(state);
	f.tcp_flags = flags[bg_random(state) % BG_ARRAY_SIZE(flags)];
	f.tos = bg_random(state) % 4 ? 0 : (uint8_t)bg_random(state);
	f.kind = kinds_of_icmp[bg_random(state) % BG_ARRAY_SIZE(kinds_of_icmp)];
	f.tunnel = seeded(seeds, 2, state);
	f.vlan = (uint16_t)(seeded(seeds, 2, state) & 0xfff);
	return f;
}

static bool add(struct bg_vectors *vs, size_t kind, const struct bg_flow *fl, unsigned variation)
{
	BG_CLEANUP(bg_freep)
	char *name = variation ? bg_printf("generated: %s, variation %u", kinds[kind].name, variation)
			       : bg_printf("generated: %s", kinds[kind].name);
	struct bg_frame f;
	size_t n;

	bg_frame_init(&f);
	kinds[kind].make(&f, fl);
	n = kinds[kind].cut && kinds[kind].cut < bg_frame_len(&f) ? kinds[kind].cut : bg_frame_len(&f);
	if (!bg_vectors_add(vs, name, BG_NOWHERE, f.b + f.at, n))
		return false;
	vs->all.v[vs->all.n - 1].generated = true;
	return true;
}

bool bg_packets_generate(struct bg_vectors *vs, unsigned n, const struct bg_seeds *seeds, uint64_t *state)
{
	for (size_t i = 0; i < BG_ARRAY_SIZE(kinds); i++)
		if (!add(vs, i, &usual, 0))
			return false;
	for (unsigned i = 0; i < n; i++) {
		struct bg_flow fl = vary(seeds, state);

		if (!add(vs, bg_random(state) % BG_ARRAY_SIZE(kinds), &fl, i + 1))
			return false;
	}
	return true;
}
