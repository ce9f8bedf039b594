// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#define BG_TC_BLIND /* the program never looks at its packets */
#include "bpfgraft/tc_on_xdp.h"

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (skb->ingress_ifindex == 1)
		return XDP_DROP;
	if (skb->ingress_ifindex == 2)
		return bg_tc_blind_verdict(skb, bpf_get_prandom_u32() & 1 ? TC_ACT_OK : TC_ACT_SHOT);
	if (skb->ingress_ifindex == 3)
		return bg_tc_blind_verdict(skb, (bpf_get_prandom_u32(), TC_ACT_SHOT));
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
