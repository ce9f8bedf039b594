// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// typeof of a variable, sizeof of a struct, offsetof of a nested member: types and a variable without any use of a value.
// entry: measure
// expect: same
// loads: yes
// keep: model frame tag HERE
// drop: trailer

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct tag { __u16 id, prio; };
struct frame { __u64 when; struct tag tag; };
struct trailer { __u32 crc; };

static short model;

#define HERE(type, member) __builtin_offsetof(type, member)

SEC("xdp")
int measure(struct xdp_md *ctx)
{
	__typeof__(model) narrow = ctx->ingress_ifindex;

	return narrow + sizeof(struct tag) == HERE(struct frame, tag.prio) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int measure_end(struct xdp_md *ctx)
{
	return ctx->ingress_ifindex == sizeof(struct trailer) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
