// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
typedef unsigned int __u32;
typedef unsigned long long __u64;

#define XDP_DROP 1
#include "bpfgraft/xdp_md.h"
#include "bpfgraft/tc_on_xdp.h"
static __u32 (*bpf_get_smp_processor_id)(void) = (void *)8;

#define SEC(name) __attribute__((section(name), used))

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	if (bg_tc_pull_data(skb, 100) || bpf_get_smp_processor_id() == 3)
		return bg_tc_pass(skb);
	return bg_tc_verdict(skb, bg_tc_protocol(skb) == 8 ? 2 : 0);
}

char _license[] SEC("license") = "GPL";
