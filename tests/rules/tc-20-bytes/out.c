// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

#define BYTE(skb, at, to) bg_tc_load_bytes(skb, at, to, 1)
#define LOAD bg_tc_load_bytes

/* near miss: a name that begins alike */
static __always_inline long bpf_skb_load_bytes_twice(struct xdp_md *skb, void *to)
{
	return LOAD(skb, 0, to, 2) ? 1 : bg_tc_load_bytes_relative(skb, 0, to, 2, BPF_HDR_START_NET);
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	__u8 b[2] = { 0 };

	if (bg_tc_pull_data(skb, 34) || bpf_skb_load_bytes_twice(skb, b) || BYTE(skb, 23, b))
		return bg_tc_pass(skb);
	b[0]++;
	return bg_tc_verdict(skb, bg_tc_store_bytes(skb, 23, b, 1, BPF_F_RECOMPUTE_CSUM) ? TC_ACT_SHOT : TC_ACT_OK);
}

char _license[] SEC("license") = "GPL";
