// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The verifier checks a global function by its BTF, which needs the whole struct behind its parameter although the code does not.
// entry: ask
// expect: same
// loads: yes
// keep: opinion verdict
// text: struct opinion \{

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct opinion { __u32 weight, sign; };

__noinline int verdict(struct opinion *o)
{
	return o ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int ask(struct xdp_md *ctx)
{
	__u64 raw = ctx->rx_queue_index;

	return verdict((void *)&raw);
}

char LICENSE[] SEC("license") = "GPL";
