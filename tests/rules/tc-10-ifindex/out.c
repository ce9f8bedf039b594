// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#define BG_TC_BLIND /* the program never looks at its packets */
#include "bpfgraft/tc_on_xdp.h"

#define FROM(s) ((s)->ingress_ifindex)

struct port {
	__u32 ifindex;
};

/* near miss: another structure's member, and a local of the name */
static __always_inline int same(struct port *port, struct xdp_md *skb)
{
	__u32 ifindex = port->ifindex;

	return ifindex == skb->ingress_ifindex;
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	struct port port = { 3 };

	if (same(&port, skb))
		return XDP_PASS;
	return bg_tc_blind_verdict(skb, FROM(skb) == skb->ingress_ifindex ? TC_ACT_SHOT : TC_ACT_OK);
}

char _license[] SEC("license") = "GPL";
