// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A function that only an attribute names.
// entry: scoped
// expect: same
// loads: yes
// keep: leave
// drop: enter

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __always_inline void leave(__u32 *depth)
{
	bpf_printk("left at %u", *depth);
}

static __always_inline void enter(__u32 *depth)
{
	bpf_printk("entered at %u", *depth);
}

SEC("xdp")
int scoped(struct xdp_md *ctx)
{
	__attribute__((cleanup(leave))) __u32 depth = ctx->rx_queue_index;

	return depth > 3 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int unscoped(struct xdp_md *ctx)
{
	__u32 depth = ctx->rx_queue_index;

	enter(&depth);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
