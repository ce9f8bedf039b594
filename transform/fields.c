// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/fields.h"

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

enum { ETH, VLAN, ARP, MPLS, IP4, IP6, EXTENSION, UDP, TCP, ICMP, ICMP6, GRE };

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
	case IPPROTO_FRAGMENT:
		return EXTENSION;
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
