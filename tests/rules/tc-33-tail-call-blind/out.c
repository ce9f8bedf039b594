// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 4);
} programs SEC(".maps");

/* a program that never looks at the packet leaves it as it is */
SEC("xdp")
int prog(struct xdp_md *skb)
{
	bpf_tail_call(skb, &programs, skb->ingress_ifindex);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
