// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Declared extern, used, defined behind the use: both declarations are needed, and the order stays.
// entry: late
// expect: same
// loads: yes
// keep: threshold threshold_now
// text: extern __u32 threshold;[\s\S]*__u32 threshold = 23;

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern __u32 threshold;

static __always_inline __u32 *threshold_now(void)
{
	return &threshold;
}

__u32 threshold = 23;

SEC("xdp")
int late(struct xdp_md *ctx)
{
	return ctx->rx_queue_index > *threshold_now() ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
