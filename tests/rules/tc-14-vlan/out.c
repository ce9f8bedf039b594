// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

#define VID(s) (bg_tc_vlan_tci((s)) & 0xfff)

struct tag {
	__u16 vlan_tci;
};

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	struct tag tag = { 7 };

	if (!bg_tc_vlan_present(skb))
		return bg_tc_pass(skb);
	if (tag.vlan_tci == VID(skb)) /* near miss: the first is another structure's */
		return XDP_DROP;
	return bg_tc_verdict(skb, bg_tc_vlan_proto(skb) == __builtin_bswap16(ETH_P_8021AD) ? TC_ACT_SHOT : TC_ACT_OK);
}

char _license[] SEC("license") = "GPL";
