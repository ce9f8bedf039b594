// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A function that is no program, whose code is upstream's only beside another function: another caller of 'scale' with another number. With --exact it
// stays, and the program around the function includes it.
// entry: measure
// expect: same
// exact: sometimes_on
// harness: xdp bounds 0 numbers any
// keep: measure scale sometimes_on
// drop: plain
// note: 'measure' has no section of a program type

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __u32 unrelated;

static __noinline __u32 scale(__u32 value, __u32 on)
{
	return on ? value * value + 3 : value;
}

SEC("xdp")
int plain(struct xdp_md *ctx)
{
	return unrelated++ > 2 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int sometimes_on(struct xdp_md *ctx)
{
	return scale(ctx->rx_queue_index, ctx->ingress_ifindex) > 100 ? XDP_DROP : XDP_PASS;
}

__noinline int measure(struct xdp_md *ctx, __u32 base)
{
	return scale(ctx->rx_queue_index + base, 1) > 100 ? -1 : 1;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return measure(ctx, 7) > 0 ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
