// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// libbpf compares all of a kernel function's prototype with the kernel's: structures behind a pointer to a pointer, and those of the result, too.
// entry: prog
// expect: same
// loads: yes
// keep: got given unused
// drop: spare
// text: ^struct got \{$
// text: ^struct given \{$
// text: ^struct unused \{$

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct got {
	int a;
};

struct given {
	int b;
};

struct unused {
	int c;
};

struct spare {
	struct unused *u;
};

extern struct got *bg_no_such_function(struct given **p, struct unused *u) __ksym __weak;

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	if (bg_no_such_function)
		return bg_no_such_function(0, 0) ? XDP_DROP : XDP_ABORTED;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
