// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A function of which clang makes no code takes the number that __COUNTER__ has for it; no other program brings that back.
// entry: prog
// expect: differs
// exact: none
// detail: function 'prog', instruction \d+: .*; upstream: .*
// note: no more of upstream's code makes the unit of 'prog' the same: even with all of upstream's 1 other functions and variables: function 'prog'
// drop: never_called other

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static inline int never_called(void)
{
	return __COUNTER__;
}

SEC("xdp")
int other(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return __COUNTER__ + 1;
}

char LICENSE[] SEC("license") = "GPL";
