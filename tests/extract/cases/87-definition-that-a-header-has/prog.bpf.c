// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Upstream's own definition of a macro that a system header defines if nobody has: without it the function compiles to the same code, but is another text.
// entry: judge
// expect: same
// minimal: proven
// stays: macro __noinline: the preprocessor makes something else of 'small' then: 'noinline', not '__noinline__'
// stays: declaration LICENSE

#define __noinline __attribute__((__noinline__))

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __noinline int small(unsigned int n)
{
	return n < 64;
}

SEC("xdp")
int judge(struct xdp_md *ctx)
{
	return small(ctx->rx_queue_index) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
