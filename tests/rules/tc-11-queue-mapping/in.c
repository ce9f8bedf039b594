// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define QUEUE(s) (s->queue_mapping)

struct job {
	__u32 queue_mapping;
};

SEC("tc")
int prog(struct __sk_buff *skb)
{
	struct job job = { 1 };

	if (job.queue_mapping == skb->queue_mapping) /* near miss: the first is another structure's */
		return TC_ACT_SHOT;
	return QUEUE(skb) > 3 ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
