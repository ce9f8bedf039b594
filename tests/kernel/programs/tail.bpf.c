// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tail calls whatever user space puts into the array; a frame of the test's that finds nothing there is dropped. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define TEST_ETHERTYPE 0x88b5   /* IEEE 802, local experimental */

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} jump SEC(".maps");

#ifdef XDP
SEC("xdp")
int leap(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;

	if ((void *)(eth + 1) > (void *)(long)ctx->data_end || eth->h_proto != bpf_htons(TEST_ETHERTYPE))
		return XDP_PASS;
	bpf_tail_call(ctx, &jump, 0);
	return XDP_DROP;
}
#else
SEC("tc")
int leap(struct __sk_buff *skb)
{
	if (skb->protocol != bpf_htons(TEST_ETHERTYPE))
		return TC_ACT_UNSPEC;
	bpf_tail_call(skb, &jump, 0);
	return TC_ACT_SHOT;
}
#endif

char LICENSE[] SEC("license") = "GPL";
