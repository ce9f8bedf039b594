// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#define QUEUE(c) (c->rx_queue_index)

struct work {
	__u32 rx_queue_index; /* near miss */
};

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	struct work w = { .rx_queue_index = ctx->rx_queue_index };

	if (w.rx_queue_index > 3 || QUEUE(ctx) == 2)
		return XDP_DROP;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
