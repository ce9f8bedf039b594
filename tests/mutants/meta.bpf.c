// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Puts metadata before the packet, as many bytes as the packet says, counts what the helper said, writes and reads them, and cuts some
 * off again. What passes leaves them to whom they are for. A program that it calls finds them.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define WORDS 10 /* more than cb[] has */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __s64);
	__type(value, __u64);
} said SEC(".maps");

SEC("xdp") int reads(struct xdp_md *ctx);
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, int (struct xdp_md *));
} next SEC(".maps") = { .values = { [0] = (void *)&reads } };

static __always_inline void count(__s64 what)
{
	__u64 *n = bpf_map_lookup_elem(&said, &what), one = 1;

	if (n)
		*n += 1;
	else
		bpf_map_update_elem(&said, &what, &one, BPF_ANY);
}

static __always_inline void number(struct xdp_md *ctx, __u32 from)
{
	__u32 *meta = (void *)(long)ctx->data_meta, *data = (void *)(long)ctx->data;

	for (int i = 0; i < WORDS && meta + i + 1 <= data; i++)
		meta[i] = from + i * 0x01010101;
}

/* The last word before the packet: what was written there stays, whatever is put before it. */
static __always_inline __u32 last(struct xdp_md *ctx, int words)
{
	__u32 *meta = (void *)(long)ctx->data_meta, *data = (void *)(long)ctx->data;

	for (int i = 1; i <= WORDS; i++)
		if (i == words && meta + i <= data)
			return meta[i - 1];
	return 0;
}

static __always_inline long length(struct xdp_md *ctx)
{
	return (void *)(long)ctx->data - (void *)(long)ctx->data_meta;
}

/* The caller's metadata, whose room the packet cannot grow into. */
SEC("xdp")
int reads(struct xdp_md *ctx)
{
	count(8000 + length(ctx));
	count(9000 + (last(ctx, 2) & 0xff));
	count(10000 + bpf_xdp_adjust_head(ctx, -209));
	count(11000 + bpf_xdp_adjust_head(ctx, -208));
	count(12000 + bpf_xdp_adjust_meta(ctx, -4));
	count(13000 + bpf_xdp_adjust_head(ctx, 208));
	return XDP_PASS;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	__u8 protocol;
	__u16 type;
	int delta;
	long err;

	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	protocol = ip->protocol;
	type = eth->h_proto;
	delta = protocol == IPPROTO_UDP ? -24 : protocol == IPPROTO_TCP ? -8 : -(int)ip->tos;
	count(1000 + length(ctx));
	err = bpf_xdp_adjust_meta(ctx, delta);
	count(err ? err : delta);
	number(ctx, type);
	if (protocol == IPPROTO_UDP && !err) {
		count(2000 + bpf_xdp_adjust_meta(ctx, -4));
		count(3000 + (last(ctx, 7) & 0xff));
		count(4000 + bpf_xdp_adjust_meta(ctx, 20));
		count(5000 + bpf_xdp_adjust_meta(ctx, 12));
	}
	if (protocol == IPPROTO_ICMP && !err && bpf_xdp_adjust_meta(ctx, delta) == 0) /* twice as many, of which the first are zero */
		count(6000 + last(ctx, 1));
	count(7000 + length(ctx));
	if (protocol == IPPROTO_TCP && type == bpf_htons(ETH_P_IP))
		bpf_tail_call(ctx, &next, 0);
	if (protocol == IPPROTO_IPV6) /* no member there */
		bpf_tail_call(ctx, &next, 1);
	return protocol == IPPROTO_GRE ? XDP_TX : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
