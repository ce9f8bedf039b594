// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One member of a tested chain. It looks only at frames of the test's own EtherType, counts them, leaves its digit in a trail of
 * the order in which members ran, and returns what the spec says.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define TEST_ETHERTYPE 0x88b5   /* IEEE 802, local experimental */
#ifndef ENTRIES
#define ENTRIES 1
#endif

volatile const int verdict = TC_ACT_UNSPEC;
volatile const __u32 digit = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ENTRIES);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps"), trail SEC(".maps");

SEC("tc")
int step(struct __sk_buff *skb)
{
	__u64 *count, *order;
	__u32 zero = 0;

	if (skb->protocol != bpf_htons(TEST_ETHERTYPE))
		return TC_ACT_UNSPEC;
	count = bpf_map_lookup_elem(&seen, &zero);
	order = bpf_map_lookup_elem(&trail, &zero);
	if (!count || !order)
		return TC_ACT_SHOT;
	__sync_fetch_and_add(count, 1);
	*order = *order * 10 + digit;
	return verdict;
}

char LICENSE[] SEC("license") = "GPL";
