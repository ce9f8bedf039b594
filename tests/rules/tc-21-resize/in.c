// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define GROW(skb, n) bpf_skb_adjust_room(skb, n, BPF_ADJ_ROOM_MAC, 0)

/* near miss: a name that ends alike */
static __always_inline long my_bpf_skb_change_tail(struct __sk_buff *skb, __u32 len)
{
	return bpf_skb_change_tail(skb, len, 0);
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	if (GROW(skb, 20) || my_bpf_skb_change_tail(skb, 100))
		return TC_ACT_SHOT;
	if (bpf_skb_change_proto(skb, __builtin_bswap16(ETH_P_IPV6), 0))
		return TC_ACT_SHOT;
	return bpf_skb_change_head(skb, 14, 0) ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
