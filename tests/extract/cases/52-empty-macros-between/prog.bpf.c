// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Macros that expand to nothing stand at top level; clang gives them no cursor, so they seem to belong to what follows.
// entry: between
// expect: same
// loads: yes
// keep: inside
// drop: NOTHING_HERE

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "decls.h"

BEGIN_DECLS
#include "inside.h"
END_DECLS

NOTHING_HERE(1)

struct unrelated { int x; };

SEC("xdp")
int between(struct xdp_md *ctx)
{
	struct inside i = { ctx->rx_queue_index };

	return i.x ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
