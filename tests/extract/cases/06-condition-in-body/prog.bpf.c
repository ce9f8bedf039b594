// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A condition inside the body names macros that are not defined at all; that they are not is part of the meaning.
// entry: gate
// expect: same
// loads: yes
// keep: HAS_GATE
// drop: HAS_FENCE
// text: defined\(HAS_GATE\) && !defined\(NO_GATE\)

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define HAS_GATE 0
#define HAS_FENCE 1

SEC("xdp")
int gate(struct xdp_md *ctx)
{
#if defined(HAS_GATE) && !defined(NO_GATE) && (STRICTNESS + 0 < 2)
	return ctx->rx_queue_index ? XDP_DROP : XDP_PASS;
#else
	return XDP_ABORTED;
#endif
}

char LICENSE[] SEC("license") = "GPL";
