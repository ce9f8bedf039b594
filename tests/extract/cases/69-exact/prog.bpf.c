// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Two of the other programs are needed for identity, one that calls 'scale' with another number and one that writes 'order'; three are not. With --exact
// the two stay, as programs that libbpf does not load.
// entry: prog
// expect: same
// exact: sometimes_on give_order
// keep: scale order sometimes_on give_order
// drop: plain by_hand unrelated
// count: 2 ^#pragma push_macro\("SEC"\)$
// count: 2 ^#pragma pop_macro\("SEC"\)$
// text: ^ \* Not needed by it, but only with these .*:\n \*   (sometimes_on, give_order|give_order, sometimes_on)$
// autoload: prog
// loads: yes
// minimal: proven
// stays: declaration sometimes_on: the function's instructions are upstream's only with it
// stays: declaration give_order: the function's instructions are upstream's only with it
// stays: declaration LICENSE: its section is read when the program is loaded

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __u32 order;
static __u32 unrelated;

static __noinline __u32 scale(__u32 value, __u32 on)
{
	return on ? value * value + 3 : value;
}

SEC("xdp")
int plain(struct xdp_md *ctx)
{
	return unrelated > 2 ? XDP_DROP : XDP_PASS;
}

__attribute__((section("xdp"), used))
int by_hand(struct xdp_md *ctx)
{
	return unrelated++ > 7 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int sometimes_on(struct xdp_md *ctx)
{
	return scale(ctx->rx_queue_index, ctx->ingress_ifindex) > 100 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int give_order(struct xdp_md *ctx)
{
	order = ctx->rx_queue_index;
	return XDP_PASS;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return scale(ctx->rx_queue_index, 1) + order > 100 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
