// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A parameter that is a pointer to a function: no program can be generated that passes one.
// entry: apply
// expect: unverified
// harness: none
// detail: parameter 'f' is a pointer to a function
// warning: no program can be generated that calls 'apply': parameter 'f' is a pointer to a function
// drop: twice entry

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __always_inline __u32 apply(__u32 (*f)(__u32), __u32 value)
{
	return f(value) + 1;
}

static __always_inline __u32 twice(__u32 value)
{
	return 2 * value;
}

SEC("xdp")
int entry(struct xdp_md *ctx)
{
	return apply(twice, ctx->rx_queue_index) & 1 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
