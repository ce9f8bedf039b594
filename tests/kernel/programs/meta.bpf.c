// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Both sides of metadata: 'tell' sets two keys for frames of the test's, 'hear' adds up what it hears and counts when it hears nothing.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpfgraft/meta.h>

#define TEST_ETHERTYPE 0x88b5   /* IEEE 802, local experimental */
#ifndef FLOW_TYPE
#define FLOW_TYPE __u32
#endif

BG_META(__u8, kind);
BG_META(FLOW_TYPE, flow);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} heard SEC(".maps"), silent SEC(".maps");

static __always_inline void add(void *map, __u64 n)
{
	__u32 zero = 0;
	__u64 *sum = bpf_map_lookup_elem(map, &zero);

	if (sum)
		*sum += n;
}

#ifdef TELL
#ifdef SUBPROGRAM
static __noinline int put(int x)
{
	bg_meta_set(flow, x);
	return x;
}
#endif

SEC("tc")
int tell(struct __sk_buff *skb)
{
	if (skb->protocol != bpf_htons(TEST_ETHERTYPE))
		return TC_ACT_UNSPEC;
#ifdef SUBPROGRAM
	put(skb->len);
#endif
	bg_meta_set(kind, 3);
	bg_meta_set(flow, 1000);
	return TC_ACT_UNSPEC;
}
#else
SEC("tc")
int hear(struct __sk_buff *skb)
{
	__u32 flow;
	__u8 kind;

	if (skb->protocol != bpf_htons(TEST_ETHERTYPE))
		return TC_ACT_UNSPEC;
	if (bg_meta_get(flow, &flow) && bg_meta_get(kind, &kind))
		add(&heard, flow + kind);
	else
		add(&silent, 1);
	return TC_ACT_UNSPEC;
}
#endif

char LICENSE[] SEC("license") = "GPL";
