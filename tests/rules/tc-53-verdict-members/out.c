// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

int next(struct xdp_md *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(struct xdp_md *));
} programs SEC(".maps") = { .values = { (void *)&next } };

SEC("xdp")
int next(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	return bg_tc_verdict(skb, bg_tc_protocol(skb) == __builtin_bswap16(ETH_P_IP) ? TC_ACT_OK : TC_ACT_SHOT);
}

/* a global function is verified by itself, with the context's type */
__noinline int odd(struct xdp_md *skb)
{
	return bg_tc_len(skb) & 1;
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	if (odd(skb))
		return XDP_DROP;
	bg_tc_tail_call(skb, &programs, 0);
	return bg_tc_pass(skb);
}

char _license[] SEC("license") = "GPL";
