// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The call stands in the text of an asm statement: to clang's syntax tree it is a string.
// entry: bare
// expect: same
// loads: yes
// keep: helper_for_asm
// drop: helper_for_none

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __noinline __attribute__((used)) int helper_for_asm(void)
{
	return XDP_PASS;
}

static __noinline __attribute__((used)) int helper_for_none(void)
{
	return XDP_DROP;
}

SEC("xdp")
__attribute__((naked)) int bare(struct xdp_md *ctx)
{
	asm volatile("call helper_for_asm;"
		     "exit;");
}

char LICENSE[] SEC("license") = "GPL";
