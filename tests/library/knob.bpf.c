// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A program, a map and a variable under names that the test gives, so that it finds its own on a machine that others use too. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

volatile __u8 limit = 1;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} MAP SEC(".maps");

SEC("tc")
int PROG(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&MAP, &zero);

	if (n)
		__sync_fetch_and_add(n, limit);
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "GPL";
