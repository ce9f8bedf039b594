// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

SEC("classifier")
int prog(struct __sk_buff *skb)
{
	if (skb->ifindex == 1)
		return TC_ACT_SHOT;
	if (skb->ifindex == 2)
		return bpf_get_prandom_u32() & 1 ? TC_ACT_OK : TC_ACT_SHOT;
	if (skb->ifindex == 3)
		return bpf_get_prandom_u32(), TC_ACT_SHOT;
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
