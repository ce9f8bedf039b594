// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counts packets and bytes, for each CPU, and lets every packet go on to the next program of the chain.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

struct traffic {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct traffic);
} counter_traffic SEC(".maps");

SEC("tc")
int count_packets(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct traffic *t = bpf_map_lookup_elem(&counter_traffic, &zero);

	if (t) {
		t->packets++;
		t->bytes += skb->len;
	}
	return TC_ACT_UNSPEC; /* not a verdict: the next program decides */
}

char _license[] SEC("license") = "Dual BSD/GPL";
