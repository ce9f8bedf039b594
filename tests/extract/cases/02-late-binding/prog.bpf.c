// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A macro's body means what its names mean where it is used, not where it stands.
// entry: every_nth
// expect: same
// loads: yes
// keep: EVERY STEP
// count: 1 ^#define STEP
// text: ^#define STEP 11$
// no-text: STEP 3

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define STEP 3
#define EVERY(n) ((n) % STEP == 0)
#undef STEP
#define STEP 11

SEC("xdp")
int every_nth(struct xdp_md *ctx)
{
	return EVERY(ctx->rx_queue_index) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
