// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A pair of pragmas is kept when it encloses something that is kept, and only then.
// entry: sizes
// expect: same
// loads: yes
// keep: on_wire in_memory
// drop: on_tape
// count: 1 ^#pragma pack\(push, 1\)
// count: 1 ^#pragma pack\(pop\)
// no-text: push, 2

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#pragma pack(push, 2)
struct on_tape { __u8 mark; __u32 block; };
#pragma pack(pop)

#pragma pack(push, 1)
struct on_wire { __u8 mark; __u32 value; };
#pragma pack(pop)

struct in_memory { __u8 mark; __u32 value; };

SEC("xdp")
int sizes(struct xdp_md *ctx)
{
	return ctx->rx_queue_index == sizeof(struct on_wire) * 16 + sizeof(struct in_memory) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int tape(struct xdp_md *ctx)
{
	return ctx->rx_queue_index == sizeof(struct on_tape) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
