// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* At TC: drops UDP to closed ports. It looks at no packet: what it has to know was found out before, at XDP. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>
#include <bpfgraft/meta.h>

BG_META(__u16, udp_port);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u16);
	__type(value, __u8);
} closed SEC(".maps");

SEC("tc")
int police(struct __sk_buff *skb)
{
	__u16 port;

	if (bg_meta_get(udp_port, &port) && bpf_map_lookup_elem(&closed, &port))
		return TC_ACT_SHOT;
	return TC_ACT_UNSPEC; /* not a verdict: the next program decides */
}

char _license[] SEC("license") = "Dual BSD/GPL";
