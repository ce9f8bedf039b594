// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#define BG_TC_BLIND /* the program never looks at its packets */
#include "bpfgraft/tc_on_xdp.h"

#define SEND(ifindex) bg_tc_redirect(ifindex, 0)

/* near miss: a name that begins alike */
static __always_inline long bpf_redirect_or(__u32 ifindex, long other)
{
	return ifindex ? bg_tc_redirect(ifindex, 0) : other;
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (skb->ingress_ifindex == 1)
		return bg_tc_blind_verdict(skb, SEND(2));
	if (skb->ingress_ifindex == 2)
		return XDP_TX;
	return bg_tc_blind_verdict(skb, bpf_redirect_or(skb->ingress_ifindex - 3, TC_ACT_OK));
}

char _license[] SEC("license") = "GPL";
