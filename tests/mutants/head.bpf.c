// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Moves the packet's front, by a number that the packet has, and counts what the helper said. What follows the front is rewritten, as
 * programs do that take a tunnel off or put one on: the type of the new packet is another than the old one's.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __s64);
	__type(value, __u64);
} said SEC(".maps");

static __always_inline void count(__s64 what)
{
	__u64 *n = bpf_map_lookup_elem(&said, &what), one = 1;

	if (n)
		*n += 1;
	else
		bpf_map_update_elem(&said, &what, &one, BPF_ANY);
}

/* Takes the outer IPv4 header off a tunnel: the rest is IPv4 or IPv6. */
static __always_inline int inner(struct xdp_md *ctx, __u16 type)
{
	struct ethhdr *eth = (void *)(long)ctx->data, mac;
	void *end = (void *)(long)ctx->data_end;

	if ((void *)(eth + 1) > end)
		return XDP_DROP;
	mac = *eth;
	mac.h_proto = type;
	if (bpf_xdp_adjust_head(ctx, sizeof(struct iphdr)))
		return XDP_DROP;
	eth = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if ((void *)(eth + 1) > end)
		return XDP_DROP;
	*eth = mac;
	return mac.h_dest[5] & 1 ? XDP_TX : XDP_PASS;
}

/* Puts an IPv6 header before an IPv4 packet. */
static __always_inline int outer(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data, mac;
	void *end = (void *)(long)ctx->data_end;
	struct ipv6hdr *ip6;

	if ((void *)(eth + 1) > end)
		return XDP_DROP;
	mac = *eth;
	mac.h_proto = bpf_htons(ETH_P_IPV6);
	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*ip6)))
		return XDP_DROP;
	eth = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	ip6 = (void *)(eth + 1);
	if ((void *)(ip6 + 1) > end)
		return XDP_DROP;
	*eth = mac;
	__builtin_memset(ip6, 0, sizeof(*ip6));
	ip6->version = 6;
	ip6->nexthdr = IPPROTO_IPIP;
	return XDP_PASS;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	long err;
	__u32 zero = 0;
	int delta;

	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		if (ip->protocol == IPPROTO_IPV6)
			return inner(ctx, bpf_htons(ETH_P_IPV6));
		if (ip->protocol == IPPROTO_IPIP)
			return inner(ctx, bpf_htons(ETH_P_IP));
		if (ip->protocol == IPPROTO_TCP)
			return outer(ctx);
	}
	delta = (signed char)ip->tos * 4;
	if (ip->protocol == IPPROTO_ICMP) /* all but an Ethernet header, and one byte more */
		delta = (int)(end - data) - (ip->tot_len & bpf_htons(1) ? 14 : 13);
	if (ip->tos == 0x77) /* all the room that there is, and more */
		delta = -216;
	if (ip->tos == 0x79)
		delta = -217;
	err = bpf_xdp_adjust_head(ctx, delta);
	count(err ? err : delta);
	/* what stood in the room before is nobody's business; there are at most 216 bytes of it */
	for (int i = 0; !err && i < 216 && i < -delta; i += 4)
		bpf_xdp_store_bytes(ctx, i, &zero, sizeof(zero));
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
