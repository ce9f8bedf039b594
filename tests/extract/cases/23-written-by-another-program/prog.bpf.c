// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Only a program that is left out writes the variable, so that clang sees a constant in the unit: the module's context C. The
// unit is the same text; what differs is what clang may conclude from it.
// entry: obey
// expect: reduced
// detail: function 'obey'
// loads: yes
// keep: order
// drop: give_order

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __u32 order;

SEC("xdp")
int give_order(struct xdp_md *ctx)
{
	order = ctx->rx_queue_index;
	return XDP_PASS;
}

SEC("xdp")
int obey(struct xdp_md *ctx)
{
	return order > 2 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
