// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The same declaration with the other branch: the macro that nobody defines must stay undefined.
// entry: weigh
// expect: same
// loads: yes
// keep: heavy
// text: ^#ifdef KEEP_CALLS\n__noinline\n#else

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifdef KEEP_CALLS
__noinline
#else
static __always_inline
#endif
int heavy(int x)
{
	return x * 77 + 5;
}

SEC("xdp")
int weigh(struct xdp_md *ctx)
{
	return heavy(ctx->rx_queue_index) == 82 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
