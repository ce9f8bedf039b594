// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A macro that a system header tests before it defines its own: it must stand before that #include.
// entry: spread
// expect: same
// loads: yes
// keep: once
// text: #define __noinline [^\n]*\n[\s\S]*#include <bpf/bpf_helpers.h>

#include <linux/bpf.h>

#define __noinline __attribute__((noinline, used))
#include <bpf/bpf_helpers.h>

static __noinline __u32 once(__u32 v)
{
	return v * 19 + 1;
}

SEC("xdp")
int spread(struct xdp_md *ctx)
{
	return once(ctx->rx_queue_index) & 64 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
