// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A file of statements is included into a function's body.
// entry: borrowed
// expect: same
// loads: yes
// keep: BORROWED_STEP
// text: sum \+= BORROWED_STEP;
// no-text: steps\.inc"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define BORROWED_STEP 14

SEC("xdp")
int borrowed(struct xdp_md *ctx)
{
	__u32 sum = ctx->rx_queue_index;

#include "steps.inc"
	return sum > 30 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
