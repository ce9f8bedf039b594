// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/fields.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

struct field {
	const char *name;
	size_t end; /* offset behind it */
};

struct header {
	const char *name;
	struct field fields[16];
};

enum { ETH, VLAN, ARP, MPLS, IP4, IP6, EXTENSION, FRAGMENT, UDP, TCP, ICMP, ICMP6, GRE };

static const struct header headers[] = {
	[ETH] = { "eth", { { "dst", 6 }, { "src", 12 }, { "type", 14 } } },
	[VLAN] = { "vlan", { { "tci", 2 }, { "type", 4 } } },
	[ARP] = { "arp",
		  { { "hrd", 2 },
		    { "pro", 4 },
		    { "hln", 5 },
		    { "pln", 6 },
		    { "op", 8 },
		    { "sha", 14 },
		    { "spa", 18 },
		    { "tha", 24 },
		    { "tpa", 28 } } },
	[MPLS] = { "mpls", { { "label", 3 }, { "ttl", 4 } } },
	[IP4] = { "ipv4",
		  { { "version/ihl", 1 },
		    { "tos", 2 },
		    { "tot_len", 4 },
		    { "id", 6 },
		    { "frag_off", 8 },
		    { "ttl", 9 },
		    { "protocol", 10 },
		    { "check", 12 },
		    { "saddr", 16 },
		    { "daddr", 20 },
		    { "options", 60 } } },
	[IP6] = { "ipv6",
		  { { "version/class/flow", 4 },
		    { "payload_len", 6 },
		    { "nexthdr", 7 },
		    { "hop_limit", 8 },
		    { "saddr", 24 },
		    { "daddr", 40 } } },
	[EXTENSION] = { "ipv6 extension", { { "nexthdr", 1 }, { "len", 2 }, { "data", 2048 } } },
	[FRAGMENT] = { "ipv6 fragment", { { "nexthdr", 1 }, { "reserved", 2 }, { "offset", 4 }, { "id", 8 } } },
	[UDP] = { "udp", { { "sport", 2 }, { "dport", 4 }, { "len", 6 }, { "check", 8 } } },
	[TCP] = { "tcp",
		  { { "sport", 2 },
		    { "dport", 4 },
		    { "seq", 8 },
		    { "ack", 12 },
		    { "doff", 13 },
		    { "flags", 14 },
		    { "window", 16 },
		    { "check", 18 },
		    { "urg", 20 },
		    { "options", 60 } } },
	[ICMP] = { "icmp", { { "type", 1 }, { "code", 2 }, { "check", 4 }, { "rest", 8 } } },
	[ICMP6] = { "icmpv6", { { "type", 1 }, { "code", 2 }, { "check", 4 }, { "rest", 8 } } },
	[GRE] = { "gre", { { "flags", 2 }, { "protocol", 4 }, { "key", 8 } } },
};

static int by_type(unsigned type)
{
	switch (type) {
	case ETH_P_8021Q:
	case ETH_P_8021AD:
		return VLAN;
	case ETH_P_IP:
		return IP4;
	case ETH_P_IPV6:
		return IP6;
	case ETH_P_ARP:
		return ARP;
	case ETH_P_MPLS_UC:
		return MPLS;
	default:
		return -1;
	}
}

static int by_protocol(unsigned proto)
{
	switch (proto) {
	case IPPROTO_UDP:
		return UDP;
	case IPPROTO_TCP:
		return TCP;
	case IPPROTO_ICMP:
		return ICMP;
	case IPPROTO_ICMPV6:
		return ICMP6;
	case IPPROTO_IPIP:
		return IP4;
	case IPPROTO_IPV6:
		return IP6;
	case IPPROTO_GRE:
		return GRE;
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return EXTENSION;
	case IPPROTO_FRAGMENT:
		return FRAGMENT;
	default:
		return -1;
	}
}

static unsigned be16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* How long a header is, and what follows it (-1: bytes that are no header). p has at least 20 bytes, zeros behind the
 * packet's end. */
static size_t measure(int kind, const unsigned char *p, int *ret_next)
{
	*ret_next = -1;
	switch (kind) {
	case ETH:
		*ret_next = by_type(be16(p + 12));
		return ETH_HLEN;
	case VLAN:
		*ret_next = by_type(be16(p + 2));
		return 4;
	case MPLS:
		*ret_next = !(p[2] & 1) ? MPLS : p[4] >> 4 == 6 ? IP6 : IP4;
		return 4;
	case IP4:
		if (!(be16(p + 6) & 0x1fff)) /* a later fragment begins with data */
			*ret_next = by_protocol(p[9]);
		return (p[0] & 15u) < 5 ? 20 : (p[0] & 15u) * 4u;
	case IP6:
		*ret_next = by_protocol(p[6]);
		return 40;
	case EXTENSION:
		*ret_next = by_protocol(p[0]);
		return (p[1] + 1u) * 8u;
	case FRAGMENT:
		if (!(be16(p + 2) & 0xfff8)) /* as with IPv4 */
			*ret_next = by_protocol(p[0]);
		return 8;
	case TCP:
		return p[12] >> 4 < 5 ? 20 : (p[12] >> 4) * 4u;
	case GRE:
		*ret_next = by_type(be16(p + 2));
		return p[0] & 0x20 ? 8 : 4;
	default:
		return headers[kind].fields[kind == ARP ? 8 : 3].end;
	}
}

static const char *field_of(const struct header *h, size_t at)
{
	const struct field *f = h->fields;

	while (f[1].name && at >= f->end)
		f++;
	return f->name;
}

char *bg_field_at(const struct bg_packet *p, size_t at)
{
	int kind = ETH, next;
	unsigned networks = 0;

	for (size_t start = 0; kind >= 0 && start <= at && start < p->len;) {
		unsigned char head[32] = { 0 };
		size_t n, len;

		n = p->len - start < sizeof(head) ? p->len - start : sizeof(head);
		memcpy(head, p->bytes + start, n);
		len = measure(kind, head, &next);
		networks += kind == IP4 || kind == IP6;
		if (at < start + len)
			return bg_printf("%s%s.%s", networks > 1 ? "inner " : "", headers[kind].name,
					 field_of(&headers[kind], at - start));
		start += len;
		kind = next;
	}
	return bg_strdup("payload");
}

static void add_mac(struct bg_str *b, const unsigned char *p)
{
	bg_str_addf(b, "%02x:%02x:%02x:%02x:%02x:%02x", p[0], p[1], p[2], p[3], p[4], p[5]);
}

/* "a > b": addresses of 4 or 16 bytes, one behind the other */
static void add_addresses(struct bg_str *b, int family, const unsigned char *from, const unsigned char *to)
{
	char text[INET6_ADDRSTRLEN];

	bg_str_add(b, inet_ntop(family, from, text, sizeof(text)));
	bg_str_add(b, " > ");
	bg_str_add(b, inet_ntop(family, to, text, sizeof(text)));
}

static void add_type(struct bg_str *b, unsigned type)
{
	int next = by_type(type);

	if (next < 0)
		bg_str_addf(b, ", type 0x%04x", type);
}

static void add_protocol(struct bg_str *b, unsigned proto)
{
	if (by_protocol(proto) < 0)
		bg_str_addf(b, ", protocol %u", proto);
}

static void add_tcp(struct bg_str *b, const unsigned char *p)
{
	static const char *const flags[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR" };

	bg_str_addf(b, "TCP %u > %u", be16(p), be16(p + 2));
	for (unsigned i = 0; i < BG_ARRAY_SIZE(flags); i++)
		if (p[13] & 1u << i)
			bg_str_addf(b, " %s", flags[i]);
	if (p[12] >> 4 > 5)
		bg_str_addf(b, ", options of %u bytes", ((p[12] >> 4) - 5u) * 4);
}

static void add_ip4(struct bg_str *b, const unsigned char *p)
{
	bg_str_add(b, "IPv4 ");
	add_addresses(b, AF_INET, p + 12, p + 16);
	bg_str_addf(b, ", ttl %u, %u bytes", p[8], be16(p + 2));
	if ((p[0] & 15u) > 5)
		bg_str_addf(b, ", options of %u bytes", ((p[0] & 15u) - 5) * 4);
	if (be16(p + 6) & 0x3fff)
		bg_str_addf(b, ", fragment at %u%s", (be16(p + 6) & 0x1fff) * 8, p[6] & 0x20 ? ", more follow" : "");
	add_protocol(b, p[9]);
}

static void add_ip6(struct bg_str *b, const unsigned char *p)
{
	bg_str_add(b, "IPv6 ");
	add_addresses(b, AF_INET6, p + 8, p + 24);
	bg_str_addf(b, ", hop limit %u, payload of %u bytes", p[7], be16(p + 4));
	add_protocol(b, p[6]);
}

static void add_ethernet(struct bg_str *b, const unsigned char *p)
{
	bg_str_add(b, "Ethernet ");
	add_mac(b, p + 6);
	bg_str_add(b, " > ");
	add_mac(b, p);
	add_type(b, be16(p + 12));
}

/* p has 64 bytes, zeros behind the packet's end. */
static void describe(struct bg_str *b, int kind, const unsigned char *p)
{
	switch (kind) {
	case ETH:
		add_ethernet(b, p);
		break;
	case VLAN:
		bg_str_addf(b, "VLAN %u", be16(p) & 0xfff);
		if (p[0] >> 5)
			bg_str_addf(b, ", priority %u", p[0] >> 5);
		add_type(b, be16(p + 2));
		break;
	case ARP:
		bg_str_addf(b, "ARP %s ", be16(p + 6) == 1 ? "request" : be16(p + 6) == 2 ? "reply" : "");
		add_addresses(b, AF_INET, p + 14, p + 24);
		break;
	case MPLS:
		bg_str_addf(b, "MPLS label %u, ttl %u", be16(p) << 4 | p[2] >> 4, p[3]);
		break;
	case IP4:
		add_ip4(b, p);
		break;
	case IP6:
		add_ip6(b, p);
		break;
	case EXTENSION:
		bg_str_addf(b, "IPv6 extension of %u bytes", (p[1] + 1u) * 8);
		add_protocol(b, p[0]);
		break;
	case FRAGMENT:
		bg_str_addf(b, "IPv6 fragment at %u%s", be16(p + 2) & 0xfff8, p[3] & 1 ? ", more follow" : "");
		add_protocol(b, p[0]);
		break;
	case UDP:
		bg_str_addf(b, "UDP %u > %u, %u bytes", be16(p), be16(p + 2), be16(p + 4));
		break;
	case TCP:
		add_tcp(b, p);
		break;
	case GRE:
		bg_str_add(b, p[0] & 0x20 ? "GRE with key" : "GRE");
		add_type(b, be16(p + 2));
		break;
	default:
		bg_str_addf(b, "%s type %u, code %u", kind == ICMP ? "ICMP" : "ICMPv6", p[0], p[1]);
	}
}

void bg_headers(const struct bg_packet *p, struct bg_strv *ret)
{
	int kind = ETH, next;
	size_t start = 0;

	while (kind >= 0 && start < p->len) {
		unsigned char head[64] = { 0 };
		size_t n = p->len - start < sizeof(head) ? p->len - start : sizeof(head), len;
		BG_CLEANUP(bg_str_done) struct bg_str b = { 0 };

		memcpy(head, p->bytes + start, n);
		len = measure(kind, head, &next);
		describe(&b, kind, head);
		if (start + len > p->len) {
			bg_str_addf(&b, " (cut off after %zu of %zu bytes)", p->len - start, len);
			len = p->len - start;
		}
		bg_strv_add(ret, b.s);
		start += len;
		kind = next;
	}
	if (start < p->len)
		bg_strv_addf(ret, "%zu bytes of data", p->len - start);
}
