// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/xdp_on_skb.h"

static __always_inline int port(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *data_end = (void *)(long)skb->data_end;

	if (data + sizeof(struct ethhdr) > data_end || bg_xdp_get_buff_len(skb) > 1500)
		return XDP_DROP;
	return ((struct ethhdr *)data)->h_source[5] & 1 ? XDP_PASS : XDP_TX;
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	if (bg_xdp_begin(skb))
		return TC_ACT_SHOT;
	if (skb->ifindex == 1) /* near miss: what follows is an answer, too */
		return TC_ACT_SHOT;
	if (skb->ifindex == 2)
		return bg_xdp_pass(skb);
	if (skb->ifindex == 3)
		return bg_xdp_tx(skb);
	return bg_xdp_verdict(skb, port(skb));
}

char _license[] SEC("license") = "GPL";
