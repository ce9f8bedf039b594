// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define TAG(skb, vid) bpf_skb_vlan_push(skb, __builtin_bswap16(ETH_P_8021Q), vid)

/* near miss: a name that begins alike */
static __always_inline long bpf_skb_vlan_pop_all(struct __sk_buff *skb)
{
	return bpf_skb_vlan_pop(skb) || bpf_skb_vlan_pop(skb);
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	if (bpf_skb_vlan_pop_all(skb))
		return TC_ACT_SHOT;
	return TAG(skb, 5) ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
