// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Only a program that is left out writes the variable, so that clang sees a constant in the unit: the module's context C. The
// unit is the same text; what differs is what clang may conclude from it.
// entry: obey
// expect: reduced
// detail: function 'obey'
// loads: yes
// keep: order
// drop: give_order may_give count_order reads_order
// note: prog.bpf.c:\d+: 'order' is written only by what is not in the unit, where it keeps its first value, a constant to clang: 'give_order' \(prog.bpf.c:\d+\)$
// note: prog.bpf.c:\d+: 'shared' is written only by .* keeps its first value: 'give_order' \(prog.bpf.c:\d+\), 'may_give' \(.*\), 'count_order' \(.*\) and 1 more$
// no-note: '(own|table|limits|only_read)' is written only

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct limits {
	__u32 low, high[2];
};

static __u32 order;
__u32 shared;
__u32 own;
__u32 table[4];
struct limits limits;
__u32 only_read;

SEC("xdp")
int give_order(struct xdp_md *ctx)
{
	order = ctx->rx_queue_index;
	shared += order == 3;
	own = limits.high[1] = table[2] = 1;
	return XDP_PASS;
}

SEC("xdp")
int may_give(struct xdp_md *ctx)
{
	return bpf_xdp_load_bytes(ctx, 0, &shared, sizeof(shared));
}

SEC("xdp")
int count_order(struct xdp_md *ctx)
{
	return shared++ & only_read;
}

SEC("xdp")
int reads_order(struct xdp_md *ctx)
{
	--shared;
	return order == 1 && shared <= order && (order & shared) && ctx->rx_queue_index & order;
}

SEC("xdp")
int obey(struct xdp_md *ctx)
{
	own++;
	table[1] = 3;
	limits.high[own & 1] <<= 2;
	return order + shared + only_read > 2 + table[2] ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
