// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// '##' makes the name of a function.
// entry: on_v6
// expect: same
// loads: yes
// keep: COST cost_of_v6
// drop: cost_of_v4 on_v4

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define COST(family, n) cost_of_##family(n)

static __always_inline __u32 cost_of_v4(__u32 n)
{
	return n * 20;
}

static __always_inline __u32 cost_of_v6(__u32 n)
{
	return n * 40;
}

SEC("xdp")
int on_v4(struct xdp_md *ctx)
{
	return COST(v4, ctx->rx_queue_index) > 400 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int on_v6(struct xdp_md *ctx)
{
	return COST(v6, ctx->rx_queue_index) > 400 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
