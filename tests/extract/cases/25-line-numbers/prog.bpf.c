// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The line number is part of the program, so the unit says which line upstream's text stands on.
// entry: trace_drop
// expect: same
// loads: yes
// keep: WHERE
// text: ^#line [0-9]+ "prog.bpf.c"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define WHERE (0x10000u | __LINE__)

static int never_used_1;
static int never_used_2;

SEC("xdp")
int trace_drop(struct xdp_md *ctx)
{
	if (ctx->rx_queue_index == WHERE)
		return XDP_DROP;
	return ctx->ingress_ifindex == __LINE__ ? XDP_TX : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
