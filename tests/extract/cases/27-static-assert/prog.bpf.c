// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// An assertion at top level is of no use to the code: it goes.
// entry: checked
// expect: same
// loads: yes
// keep: cell
// no-text: _Static_assert

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct cell { __u32 v; };
_Static_assert(sizeof(struct cell) == 4, "a cell is one word");

SEC("xdp")
int checked(struct xdp_md *ctx)
{
	struct cell c = { ctx->rx_queue_index };

	return c.v ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
