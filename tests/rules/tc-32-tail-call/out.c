// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

#define NEXT(skb, n) bg_tc_tail_call(skb, &programs, n)

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 4);
} programs SEC(".maps");

/* near miss: a name that begins alike */
static __always_inline int bpf_tail_calls(struct xdp_md *skb)
{
	return bg_tc_len(skb) & 1;
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	if (bpf_tail_calls(skb))
		NEXT(skb, 0);
	bg_tc_tail_call(skb, &programs, 1);
	return bg_tc_pass(skb);
}

char _license[] SEC("license") = "GPL";
