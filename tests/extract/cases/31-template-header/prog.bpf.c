// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A header that is made to be included several times, with other macros each time.
// entry: wide_full
// expect: same
// loads: yes
// keep: wide_ring wide_ring_fill
// drop: narrow_ring_fill narrow_ring
// count: 1 ^#define WIDTH
// text: ^#define WIDTH 256

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define KIND narrow
#define WIDTH 16
#include "ring.h"
#undef WIDTH
#undef KIND

#define KIND wide
#define WIDTH 256
#include "ring.h"
#undef WIDTH
#undef KIND

static struct wide_ring wide_one;
static struct narrow_ring narrow_one;

SEC("xdp")
int wide_full(struct xdp_md *ctx)
{
	return wide_ring_fill(&wide_one, ctx->rx_queue_index) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int narrow_full(struct xdp_md *ctx)
{
	return narrow_ring_fill(&narrow_one, ctx->rx_queue_index) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
