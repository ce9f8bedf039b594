// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#define CUT(ctx, n) bpf_xdp_adjust_tail((ctx), -(n))

/* near miss: a function of the unit that is named like it */
static __always_inline int my_bpf_xdp_adjust_tail(struct xdp_md *ctx)
{
	return CUT(ctx, 4);
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_tail(ctx, 20) < 0)
		return XDP_DROP;
	return my_bpf_xdp_adjust_tail(ctx) ? XDP_DROP : XDP_TX;
}

char _license[] SEC("license") = "GPL";
