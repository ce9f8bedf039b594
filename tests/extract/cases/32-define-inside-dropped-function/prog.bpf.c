// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A #define that stands in the body of a function that is left out, and is used behind it.
// entry: magic_too
// expect: same
// loads: yes
// keep: COOKIE
// drop: magic_first
// text: ^#define COOKIE 0x5eed

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __always_inline int magic_first(__u32 v)
{
#define COOKIE 0x5eed
	return v == COOKIE;
}

SEC("xdp")
int magic(struct xdp_md *ctx)
{
	return magic_first(ctx->ingress_ifindex) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int magic_too(struct xdp_md *ctx)
{
	return ctx->rx_queue_index == COOKIE ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
