// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A noinline helper that upstream calls from several places and the harness from one: clang makes other code of it there,
// and it is the same once both modules are reduced to the harness.
// entry: weigh
// expect: reduced
// harness: xdp bounds 0 numbers any
// drop: light heavy

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __noinline __u32 mix(__u32 a, __u32 mode)
{
	return mode == 1 ? a * 2654435761u : mode == 2 ? a ^ (a >> 15) : a;
}

static __noinline __u32 weigh(__u32 value, __u32 seed)
{
	return mix(value ^ seed, 1) + mix(seed, 1);
}

SEC("xdp")
int light(struct xdp_md *ctx)
{
	return weigh(ctx->rx_queue_index, 7) + mix(ctx->ingress_ifindex, 2) > 100 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int heavy(struct xdp_md *ctx)
{
	return weigh(ctx->rx_queue_index, 9) + mix(ctx->ingress_ifindex, 0) > 100 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
