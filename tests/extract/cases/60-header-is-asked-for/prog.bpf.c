// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// __has_include of a header of the repository: the answer must be the same where the unit stands alone.
// entry: asked
// expect: same
// loads: yes
// keep: HAVE_EXTRA extra_cost

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#if __has_include("extra.h")
#include "extra.h"
#define HAVE_EXTRA 1
#else
#define HAVE_EXTRA 0
#endif

SEC("xdp")
int asked(struct xdp_md *ctx)
{
#if HAVE_EXTRA
	return ctx->rx_queue_index > extra_cost() ? XDP_DROP : XDP_PASS;
#else
	return XDP_ABORTED;
#endif
}

char LICENSE[] SEC("license") = "GPL";
