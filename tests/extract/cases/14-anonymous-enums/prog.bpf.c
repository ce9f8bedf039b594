// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Enumerators of enums without names; one is computed from another's.
// entry: class_of
// expect: same
// loads: yes
// keep: FIRST_USER SYSTEM_TOP
// drop: COLOUR_RED

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum { SYSTEM_ZERO, SYSTEM_TOP = 40 };
enum { FIRST_USER = SYSTEM_TOP + 60 };
enum { COLOUR_RED = 1 };

SEC("xdp")
int class_of(struct xdp_md *ctx)
{
	return ctx->rx_queue_index >= FIRST_USER ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
