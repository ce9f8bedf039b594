// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

struct parsed {
	__u16 at, vlan;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct parsed);
} scratch SEC(".maps");

/* clang must know the offset behind the members that become calls: any __u16 is too much for the verifier */
SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	__u32 zero = 0;
	struct parsed *p = bpf_map_lookup_elem(&scratch, &zero);
	struct iphdr *ip;

	if (!p || data + sizeof(struct ethhdr) > end)
		return XDP_DROP;
	p->at = sizeof(struct ethhdr);
	p->vlan = 0;
	if (bg_tc_vlan_present(skb))
		p->vlan = bg_tc_vlan_tci(skb) & 0xfff;
	ip = data + p->at;
	if ((void *)(ip + 1) > end)
		return bg_tc_pass(skb);
	return bg_tc_verdict(skb, ip->ttl > 5 && p->vlan != 7 ? TC_ACT_OK : TC_ACT_SHOT);
}

char _license[] SEC("license") = "GPL";
