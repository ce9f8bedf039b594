// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A unit is one file, in which no header is included one level deep; no other program brings that back.
// entry: prog
// expect: differs
// exact: none
// detail: function 'prog', instruction \d+: .*; upstream: .*
// note: no more of upstream's code makes the unit of 'prog' the same: even with all of upstream's 1 other functions and variables: function 'prog'
// drop: other

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "level.h"

SEC("xdp")
int other(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return level();
}

char LICENSE[] SEC("license") = "GPL";
