// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One macro call defines two functions, of which one is wanted: the call stays, and what the other one needs comes along.
// entry: set_low
// expect: same
// loads: yes
// keep: ACCESSORS put_low get_low low bias
// drop: put_high get_high high

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __u32 bias = 2;
static __u32 low;
static __u32 high;

#define ACCESSORS(cell) \
	static __always_inline __u32 get_##cell(void) { return cell + bias; } \
	static __always_inline void put_##cell(__u32 v) { cell = v; }

ACCESSORS(low)
ACCESSORS(high)

SEC("xdp")
int set_low(struct xdp_md *ctx)
{
	put_low(low + ctx->rx_queue_index);
	return low > 9 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int raise(struct xdp_md *ctx)
{
	put_high(get_high() + get_low());
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
