// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>

#define QUEUE(c) (c->queue_mapping)

struct work {
	__u32 rx_queue_index; /* near miss */
};

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	struct work w = { .rx_queue_index = ctx->queue_mapping };

	if (w.rx_queue_index > 3 || QUEUE(ctx) == 2)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
