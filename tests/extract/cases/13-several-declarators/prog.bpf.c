// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One text declares several names: the text stays whole.
// entry: swap
// expect: same
// loads: yes
// keep: span span_ref low high
// drop: spare_low
// count: 1 ^typedef struct

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

typedef struct { __u32 from, to; } span, *span_ref;
static __u32 low = 7, high = 9;
static __u32 spare_low;

SEC("xdp")
int swap(struct xdp_md *ctx)
{
	span s = { ctx->rx_queue_index, 12 };
	span_ref r = &s;

	high += r->to;
	return r->from > high ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int reset(struct xdp_md *ctx)
{
	low = spare_low++;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
