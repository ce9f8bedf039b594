// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* At TC, without a look at the packet: a verdict that a map has. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} numbers SEC(".maps");

SEC("tc")
int prog(struct __sk_buff *skb)
{
	__u32 zero = 0, *number = bpf_map_lookup_elem(&numbers, &zero);

	if (!number)
		return TC_ACT_SHOT;
	*number += 1;
	if (*number % 17 == 9)
		return bpf_redirect(skb->ifindex, 0);
	if (*number % 17 == 10)
		return bpf_redirect(7, 0);
	return *number % 17;
}

char _license[] SEC("license") = "GPL";
