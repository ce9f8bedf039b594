// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

#define BIG(s) (bg_tc_len((s)) > 1500)

struct record {
	__u32 len;
};

static __always_inline __u32 rest(struct xdp_md *skb, struct record *record)
{
	return bg_tc_len(skb) - record->len; /* near miss: the second is another structure's */
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	struct record record = { ETH_HLEN };

	if (BIG(skb))
		return XDP_DROP;
	return bg_tc_verdict(skb, rest(skb, &record) < 20 ? TC_ACT_SHOT : TC_ACT_OK);
}

char _license[] SEC("license") = "GPL";
