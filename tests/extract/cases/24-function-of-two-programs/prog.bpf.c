// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Of two callers of a noinline function one is left out; the other always passes 1, which clang then propagates into
// the function (context B of the module).
// entry: always_on
// expect: reduced
// detail: function '(always_on|scale)'
// loads: yes
// keep: scale
// drop: sometimes_on

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __noinline __u32 scale(__u32 value, __u32 on)
{
	return on ? value * value + 3 : value;
}

SEC("xdp")
int sometimes_on(struct xdp_md *ctx)
{
	return scale(ctx->rx_queue_index, ctx->ingress_ifindex) > 100 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int always_on(struct xdp_md *ctx)
{
	return scale(ctx->rx_queue_index, 1) + scale(ctx->ingress_ifindex, 1) > 100 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
