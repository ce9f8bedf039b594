// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u32 buffer__szk) __ksym;

#define OPEN(ctx, ptr) bpf_dynptr_from_xdp(ctx, 0, ptr)

/* near miss: a dynptr of memory is the same at both hooks */
static __always_inline int bpf_dynptr_from_xdp_frame(struct xdp_md *ctx, struct bpf_dynptr *ptr)
{
	return OPEN(ctx, ptr);
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	struct bpf_dynptr ptr, again;
	struct ethhdr buffer = {}, *eth;

	if (bpf_dynptr_from_xdp(ctx, 0, &ptr) || bpf_dynptr_from_xdp_frame(ctx, &again))
		return XDP_DROP;
	eth = bpf_dynptr_slice(&ptr, 0, &buffer, sizeof(buffer));
	if (!eth)
		return XDP_DROP;
	return eth->h_proto == 0xdd86 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
