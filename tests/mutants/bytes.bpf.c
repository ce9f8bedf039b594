// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cuts and grows the packet at its end, reads and writes it by helpers, at offsets that the packet has; what the helpers said is counted. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct key {
	__u32 what;
	__s32 said;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, struct key);
	__type(value, __u64);
} said SEC(".maps");

static __always_inline void count(__u32 what, __s32 err)
{
	struct key key = { what, err };
	__u64 *n = bpf_map_lookup_elem(&said, &key), one = 1;

	if (n)
		*n += 1;
	else
		bpf_map_update_elem(&said, &key, &one, BPF_ANY);
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	__u8 buf[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	__u32 offset, len, some;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	offset = bpf_ntohs(ip->id) ? bpf_ntohs(ip->id) - 1u : ip->tos * 4u;
	len = bpf_xdp_get_buff_len(ctx);
	count(0, len);
	if (ip->protocol == IPPROTO_UDP) {
		count(1, bpf_xdp_load_bytes(ctx, offset, buf, sizeof(buf)));
		count(2, buf[0] | buf[7] << 8);
		count(3, bpf_xdp_load_bytes(ctx, len - sizeof(buf), buf, sizeof(buf)));
		count(4, bpf_xdp_load_bytes(ctx, len - sizeof(buf) + 1, buf, sizeof(buf)));
		count(5, bpf_xdp_load_bytes(ctx, 0x10000, buf, sizeof(buf)));
		return XDP_PASS;
	}
	if (ip->protocol == IPPROTO_ICMP) {
		count(6, bpf_xdp_store_bytes(ctx, offset + 14, buf, sizeof(buf)));
		count(7, bpf_xdp_store_bytes(ctx, len - sizeof(buf), buf, sizeof(buf)));
		count(8, bpf_xdp_store_bytes(ctx, len - 1, buf, sizeof(buf)));
		count(9, bpf_xdp_store_bytes(ctx, 0x10000, buf, sizeof(buf)));
		some = (len & 3) + 2; /* a number that only the packet tells */
		count(13, bpf_xdp_store_bytes(ctx, 20, buf, some));
		return XDP_PASS;
	}
	if (ip->protocol == IPPROTO_TCP) {
		count(10, bpf_xdp_adjust_tail(ctx, (signed char)ip->tos));
		count(11, bpf_xdp_get_buff_len(ctx) - len);
		return XDP_PASS;
	}
	count(14, bpf_xdp_adjust_tail(ctx, 3521 - (int)len)); /* one byte more than a page holds, */
	count(15, bpf_xdp_adjust_tail(ctx, 3520 - (int)len)); /* and as many as it does */
	len = bpf_xdp_get_buff_len(ctx);
	count(12, bpf_xdp_adjust_tail(ctx, 13 - (int)len)); /* one byte less than an Ethernet header remains */
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
