// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

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
SEC("tc")
int prog(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	__u32 zero = 0;
	struct parsed *p = bpf_map_lookup_elem(&scratch, &zero);
	struct iphdr *ip;

	if (!p || data + sizeof(struct ethhdr) > end)
		return TC_ACT_SHOT;
	p->at = sizeof(struct ethhdr);
	p->vlan = 0;
	if (skb->vlan_present)
		p->vlan = skb->vlan_tci & 0xfff;
	ip = data + p->at;
	if ((void *)(ip + 1) > end)
		return TC_ACT_OK;
	return ip->ttl > 5 && p->vlan != 7 ? TC_ACT_OK : TC_ACT_SHOT;
}

char _license[] SEC("license") = "GPL";
