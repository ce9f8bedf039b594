// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A pragma inside a function goes with its function.
// entry: rolled
// expect: same
// loads: yes
// drop: unrolled
// count: 1 #pragma unroll

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __always_inline __u32 unrolled(__u32 x)
{
#pragma unroll
	for (int i = 0; i < 8; i++)
		x = x * 5 + i;
	return x;
}

SEC("xdp")
int rolled(struct xdp_md *ctx)
{
	__u32 x = ctx->rx_queue_index;

#pragma unroll
	for (int i = 0; i < 3; i++)
		x ^= x << i;
	return x & 2 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int unrolled_entry(struct xdp_md *ctx)
{
	return unrolled(ctx->rx_queue_index) & 2 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
