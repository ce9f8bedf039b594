// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u32 buffer__szk) __ksym;

#define OPEN(ctx, ptr) bpf_dynptr_from_skb(ctx, 0, ptr)

/* near miss: a dynptr of memory is the same at both hooks */
static __always_inline int bpf_dynptr_from_skb_frame(struct __sk_buff *ctx, struct bpf_dynptr *ptr)
{
	return OPEN(ctx, ptr);
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	struct bpf_dynptr ptr, again;
	struct ethhdr buffer = {}, *eth;

	if (bpf_dynptr_from_skb(ctx, 0, &ptr) || bpf_dynptr_from_skb_frame(ctx, &again))
		return TC_ACT_SHOT;
	eth = bpf_dynptr_slice(&ptr, 0, &buffer, sizeof(buffer));
	if (!eth)
		return TC_ACT_SHOT;
	return eth->h_proto == 0xdd86 ? TC_ACT_OK : TC_ACT_SHOT;
}

char _license[] SEC("license") = "GPL";
