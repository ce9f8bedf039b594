// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define VID(s) ((s)->vlan_tci & 0xfff)

struct tag {
	__u16 vlan_tci;
};

SEC("tc")
int prog(struct __sk_buff *skb)
{
	struct tag tag = { 7 };

	if (!skb->vlan_present)
		return TC_ACT_OK;
	if (tag.vlan_tci == VID(skb)) /* near miss: the first is another structure's */
		return TC_ACT_SHOT;
	return skb->vlan_proto == __builtin_bswap16(ETH_P_8021AD) ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
