// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Only the prototype says noinline; without it the function would be inlined and the program another one.
// entry: twice
// expect: same
// loads: yes
// keep: mix
// count: 2 \bmix\(__u32 [ab]\)
// text: mix\(__u32 a\) __attribute__\(\(noinline\)\);

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __u32 mix(__u32 a) __attribute__((noinline));

static __u32 mix(__u32 b)
{
	return (b ^ b >> 7) * 2654435761u;
}

SEC("xdp")
int twice(struct xdp_md *ctx)
{
	return mix(ctx->rx_queue_index) & mix(ctx->ingress_ifindex) & 1 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
