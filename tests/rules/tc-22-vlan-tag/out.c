// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

#define TAG(skb, vid) bg_tc_vlan_push(skb, __builtin_bswap16(ETH_P_8021Q), vid)

/* near miss: a name that begins alike */
static __always_inline long bpf_skb_vlan_pop_all(struct xdp_md *skb)
{
	return bg_tc_vlan_pop(skb) || bg_tc_vlan_pop(skb);
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	if (bpf_skb_vlan_pop_all(skb))
		return XDP_DROP;
	return bg_tc_verdict(skb, TAG(skb, 5) ? TC_ACT_SHOT : TC_ACT_OK);
}

char _license[] SEC("license") = "GPL";
