// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#define GROW(ctx, n) bpf_xdp_adjust_head(ctx, -(int)(n))
#define SHRINK bpf_xdp_adjust_head

/* near miss: a name that begins alike */
static __always_inline int bpf_xdp_adjust_head_twice(struct xdp_md *ctx, int delta)
{
	return bpf_xdp_adjust_head(ctx, delta) || bpf_xdp_adjust_head(ctx, -delta);
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head_twice(ctx, 4))
		return XDP_ABORTED;
	if (GROW(ctx, sizeof(struct ethhdr)))
		return XDP_DROP;
	if (SHRINK(ctx, sizeof(struct ethhdr)))
		return XDP_DROP;
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
