// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A nest of forty inlined functions, each calling deeper ones, over a struct with pointers into the packet, three maps, and
// macros. None of them is a program, and all are needed but the two of another way in.
// entry: l2
// expect: same
// harness: xdp
// count: 40 ^STAGE
// keep: l2 verdict meters neighbours policies BYTES_OF
// drop: entry classic stale oldest

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define STAGE static __always_inline int
#define BYTES_OF(r, type) ({ type *t_ = (r)->pos; (void *)(t_ + 1) > (r)->end ? NULL : ((r)->pos = t_ + 1, t_); })
#define HASH(x) ((x) * 2654435761u)
#ifndef NULL
#define NULL ((void *)0)
#endif

struct run {
	void *pos, *end;
	__u32 source, destination, mark, class, queue, next_hop;
	__u16 protocol, ports[2], tag;
	__u8 l4, ttl, tos, fragment;
};

struct policy {
	__u32 allow, class;
};

struct meter {
	__u64 packets, tokens;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, struct policy);
	__uint(max_entries, 256);
} policies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct meter);
	__uint(max_entries, 64);
} meters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 256);
} neighbours SEC(".maps");

static __u32 oldest;

static __always_inline void stale(__u32 seen)
{
	oldest = seen < oldest ? seen : oldest;
}

STAGE verdict(const struct run *r) { return r->mark & 1 ? XDP_DROP : r->next_hop ? XDP_TX : XDP_PASS; }
STAGE forward(struct run *r) { r->mark |= r->ttl <= 1; return verdict(r); }
STAGE age(struct run *r) { r->ttl -= r->ttl > 0; return forward(r); }
STAGE learn(struct run *r) { bpf_map_update_elem(&neighbours, &r->source, &r->queue, BPF_ANY); return age(r); }

STAGE neighbour(struct run *r)
{
	__u32 *hop = bpf_map_lookup_elem(&neighbours, &r->destination);

	r->next_hop = hop ? *hop : 0;
	return learn(r);
}

STAGE route(struct run *r) { r->mark |= r->destination >> 28 == 14 ? 4 : 0; return neighbour(r); }
STAGE queue(struct run *r) { r->queue = r->class & 7; return route(r); }
STAGE shape(struct run *r) { r->class += r->tos >> 5; return queue(r); }

STAGE meter(struct run *r)
{
	__u32 slot = r->class & 63;
	struct meter *m = bpf_map_lookup_elem(&meters, &slot);

	if (!m)
		return XDP_ABORTED;
	m->packets++;
	if (m->tokens)
		m->tokens--;
	else
		r->mark |= 8;
	return shape(r);
}

STAGE sample(struct run *r) { r->mark |= (HASH(r->source) & 1023) == 0 ? 16 : 0; return meter(r); }
STAGE mirror(struct run *r) { r->mark |= r->ports[1] == bpf_htons(53) ? 32 : 0; return sample(r); }
STAGE dscp(struct run *r) { r->tos &= 0xfc; return mirror(r); }
STAGE color(struct run *r) { r->class ^= HASH(r->mark) & 1; return dscp(r); }
STAGE acl(struct run *r) { return r->source == r->destination ? XDP_DROP : color(r); }

STAGE policy(struct run *r)
{
	const struct policy *p = bpf_map_lookup_elem(&policies, &r->destination);

	if (p && !p->allow)
		return XDP_DROP;
	r->class = p ? p->class : 0;
	return acl(r);
}

STAGE hash(struct run *r) { r->queue = HASH(r->source ^ r->destination ^ r->ports[0] ^ r->ports[1]); return policy(r); }
STAGE order(struct run *r) { return r->ports[0] > r->ports[1] ? hash(r) : (r->mark |= 64, hash(r)); }
STAGE well_known(struct run *r) { r->mark |= bpf_ntohs(r->ports[1]) < 1024 ? 128 : 0; return order(r); }
STAGE flow(struct run *r) { r->mark ^= HASH(r->l4); return well_known(r); }
STAGE no_ports(struct run *r) { r->ports[0] = r->ports[1] = 0; return flow(r); }
STAGE set_ports(struct run *r, __u16 s, __u16 d) { r->ports[0] = s; r->ports[1] = d; return flow(r); }
STAGE syn(struct run *r, const struct tcphdr *t) { r->mark |= t->syn && !t->ack ? 256 : 0; return set_ports(r, t->source, t->dest); }
STAGE reset(struct run *r, const struct tcphdr *t) { return t->rst && t->syn ? XDP_DROP : syn(r, t); }
STAGE tcp(struct run *r) { const struct tcphdr *t = BYTES_OF(r, struct tcphdr); return t ? reset(r, t) : XDP_DROP; }
STAGE tunnel(struct run *r, const struct udphdr *u) { r->mark |= u->dest == bpf_htons(4789) ? 512 : 0; return set_ports(r, u->source, u->dest); }
STAGE length(struct run *r, const struct udphdr *u) { return bpf_ntohs(u->len) < sizeof(*u) ? XDP_DROP : tunnel(r, u); }
STAGE udp(struct run *r) { const struct udphdr *u = BYTES_OF(r, struct udphdr); return u ? length(r, u) : XDP_DROP; }
STAGE other(struct run *r) { r->mark |= 1024; return no_ports(r); }

STAGE l4(struct run *r)
{
	if (r->fragment)
		return no_ports(r);
	return r->l4 == IPPROTO_TCP ? tcp(r) : r->l4 == IPPROTO_UDP ? udp(r) : other(r);
}

STAGE fold(struct run *r, const struct in6_addr *s, const struct in6_addr *d)
{
	r->source = s->s6_addr32[0] ^ s->s6_addr32[3];
	r->destination = d->s6_addr32[0] ^ d->s6_addr32[3];
	return l4(r);
}

STAGE v6(struct run *r)
{
	const struct ipv6hdr *h = BYTES_OF(r, struct ipv6hdr);

	if (!h)
		return XDP_DROP;
	r->l4 = h->nexthdr;
	r->ttl = h->hop_limit;
	return fold(r, &h->saddr, &h->daddr);
}

STAGE fragment(struct run *r, const struct iphdr *h) { r->fragment = (h->frag_off & bpf_htons(0x1fff)) != 0; return l4(r); }
STAGE options(struct run *r, const struct iphdr *h) { return h->ihl > 5 ? XDP_PASS : fragment(r, h); }
STAGE addresses(struct run *r, const struct iphdr *h) { r->source = h->saddr; r->destination = h->daddr; return options(r, h); }

STAGE v4(struct run *r)
{
	const struct iphdr *h = BYTES_OF(r, struct iphdr);

	if (!h || h->version != 4)
		return XDP_DROP;
	r->l4 = h->protocol;
	r->ttl = h->ttl;
	r->tos = h->tos;
	return addresses(r, h);
}

STAGE l3(struct run *r)
{
	return r->protocol == bpf_htons(ETH_P_IP) ? v4(r) : r->protocol == bpf_htons(ETH_P_IPV6) ? v6(r) : XDP_PASS;
}

struct tag {
	__be16 tci, protocol;
};

STAGE tagged(struct run *r, const struct tag *t) { r->tag = t->tci; r->protocol = t->protocol; return l3(r); }
STAGE vlan(struct run *r) { const struct tag *t = BYTES_OF(r, struct tag); return t ? tagged(r, t) : XDP_DROP; }
STAGE ether(struct run *r, const struct ethhdr *e) { r->protocol = e->h_proto; return r->protocol == bpf_htons(ETH_P_8021Q) ? vlan(r) : l3(r); }
STAGE l2(struct run *r) { const struct ethhdr *e = BYTES_OF(r, struct ethhdr); return e ? ether(r, e) : XDP_DROP; }

static __always_inline int classic(struct run *r)
{
	stale(r->class);
	return l3(r);
}

SEC("xdp")
int entry(struct xdp_md *ctx)
{
	struct run r = { .pos = (void *)(long)ctx->data, .end = (void *)(long)ctx->data_end };

	return ctx->rx_queue_index == 99 ? classic(&r) : l2(&r);
}

char LICENSE[] SEC("license") = "GPL";
