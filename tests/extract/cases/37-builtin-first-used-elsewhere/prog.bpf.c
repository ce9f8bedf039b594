// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// clang "declares" a builtin where it is used first, here in a function that is left out.
// entry: turned
// expect: same
// loads: yes
// drop: unrelated

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __always_inline __u64 unrelated(__u64 x)
{
	return __builtin_bswap64(x) + __builtin_bswap32((__u32)x);
}

SEC("xdp")
int turned(struct xdp_md *ctx)
{
	return __builtin_bswap32(ctx->rx_queue_index) == 1 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int turned_wide(struct xdp_md *ctx)
{
	return unrelated(ctx->rx_queue_index) == 1 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
