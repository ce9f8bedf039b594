// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

#define IS(skb, type) (bg_tc_protocol(skb) == __builtin_bswap16(type))

struct header {
	__u8 protocol;
};

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	struct header ip = { 6 }, *h = &ip;

	if (IS(skb, ETH_P_ARP))
		return bg_tc_pass(skb);
	switch (bg_tc_protocol(skb)) {
	case __builtin_bswap16(ETH_P_IP):
		return bg_tc_verdict(skb, h->protocol == 6 ? TC_ACT_OK : TC_ACT_SHOT); /* near miss */
	}
	return bg_tc_pass(skb);
}

char _license[] SEC("license") = "GPL";
