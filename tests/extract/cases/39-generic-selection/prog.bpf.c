// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// _Generic names functions that are not called for this type, inside a statement expression.
// entry: chosen
// expect: same
// loads: yes
// keep: of_word of_long WEIGHT
// drop: of_byte

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __always_inline __u32 of_word(__u32 v)
{
	return v + 1;
}

static __always_inline __u32 of_long(__u64 v)
{
	return v >> 32;
}

static __always_inline __u32 of_byte(__u8 v)
{
	return v * 3;
}

#define WEIGHT(v) _Generic((v), __u32: of_word, __u64: of_long)(v)

SEC("xdp")
int chosen(struct xdp_md *ctx)
{
	__u32 w = ({ __u32 q = ctx->rx_queue_index; WEIGHT(q) ^ 5; });

	return w > 6 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int small(struct xdp_md *ctx)
{
	return of_byte(ctx->rx_queue_index) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
