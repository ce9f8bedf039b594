// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

extern int bpf_dynptr_from_xdp(struct xdp_md *skb, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u32 buffer__szk) __ksym;

#define OPEN(ctx, ptr) bpf_dynptr_from_xdp(ctx, 0, ptr)

/* near miss: a dynptr of memory is the same at both hooks */
static __always_inline int bpf_dynptr_from_skb_frame(struct xdp_md *ctx, struct bpf_dynptr *ptr)
{
	return OPEN(ctx, ptr);
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	if (bg_tc_begin(ctx))
		return XDP_DROP;
	struct bpf_dynptr ptr, again;
	struct ethhdr buffer = {}, *eth;

	if (bpf_dynptr_from_xdp(ctx, 0, &ptr) || bpf_dynptr_from_skb_frame(ctx, &again))
		return XDP_DROP;
	eth = bpf_dynptr_slice(&ptr, 0, &buffer, sizeof(buffer));
	if (!eth)
		return XDP_DROP;
	return bg_tc_verdict(ctx, eth->h_proto == 0xdd86 ? TC_ACT_OK : TC_ACT_SHOT);
}

char _license[] SEC("license") = "GPL";
