// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

#define GROW(skb, n) bg_tc_adjust_room(skb, n, BPF_ADJ_ROOM_MAC, 0)

/* near miss: a name that ends alike */
static __always_inline long my_bpf_skb_change_tail(struct xdp_md *skb, __u32 len)
{
	return bg_tc_change_tail(skb, len, 0);
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	if (GROW(skb, 20) || my_bpf_skb_change_tail(skb, 100))
		return XDP_DROP;
	if (bg_tc_change_proto(skb, __builtin_bswap16(ETH_P_IPV6), 0))
		return XDP_DROP;
	return bg_tc_verdict(skb, bg_tc_change_head(skb, 14, 0) ? TC_ACT_SHOT : TC_ACT_OK);
}

char _license[] SEC("license") = "GPL";
