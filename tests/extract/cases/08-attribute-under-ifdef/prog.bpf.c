// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The start of a declaration stands in an #ifdef that begins before it; the branch is chosen by -D.
// entry: weigh
// flags: -DKEEP_CALLS
// expect: same
// loads: yes
// keep: heavy KEEP_CALLS
// drop: light
// text: ^#ifdef KEEP_CALLS\n__noinline\n#else

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __always_inline int light(int x)
{
	return x + 1;
}

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

SEC("xdp")
int weigh_less(struct xdp_md *ctx)
{
	return light(ctx->rx_queue_index) == 82 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
