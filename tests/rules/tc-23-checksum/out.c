// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

#define FIX(skb, from, to) bg_tc_l3_csum_replace(skb, ETH_HLEN + 10, from, to, 2)

/* near miss: a helper that is the same at both hooks */
static __always_inline __u32 sum(__be32 *from, __be32 *to)
{
	return bpf_csum_diff(from, 4, to, 4, 0);
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	__be32 from = 1, to = 2;

	if (FIX(skb, 1, 2) || bg_tc_l4_csum_replace(skb, ETH_HLEN + 36, 0, sum(&from, &to), BPF_F_PSEUDO_HDR))
		return XDP_DROP;
	bg_tc_set_hash_invalid(skb);
	bg_tc_csum_update(skb, 0);
	return bg_tc_verdict(skb, bg_tc_csum_level(skb, BPF_CSUM_LEVEL_RESET) ? TC_ACT_SHOT : TC_ACT_OK);
}

char _license[] SEC("license") = "GPL";
