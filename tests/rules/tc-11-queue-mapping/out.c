// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#define BG_TC_BLIND /* the program never looks at its packets */
#include "bpfgraft/tc_on_xdp.h"

#define QUEUE(s) (s->rx_queue_index)

struct job {
	__u32 queue_mapping;
};

SEC("xdp")
int prog(struct xdp_md *skb)
{
	struct job job = { 1 };

	if (job.queue_mapping == skb->rx_queue_index) /* near miss: the first is another structure's */
		return XDP_DROP;
	return bg_tc_blind_verdict(skb, QUEUE(skb) > 3 ? TC_ACT_SHOT : TC_ACT_OK);
}

char _license[] SEC("license") = "GPL";
