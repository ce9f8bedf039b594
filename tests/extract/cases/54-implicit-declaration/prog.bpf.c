// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// In gnu89 a call needs no declaration: a helper that is called only where the code is dead could vanish without an error.
// entry: quiet
// flags: -std=gnu89
// expect: same
// loads: yes
// keep: complain DEBUG
// text: complain\(__u32 code\)

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define DEBUG 0

static __always_inline int complain(__u32 code)
{
	bpf_printk("error %u", code);
	return 0;
}

SEC("xdp")
int quiet(struct xdp_md *ctx)
{
	if (DEBUG)
		complain(ctx->rx_queue_index);
	return ctx->rx_queue_index > 3 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
