// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
typedef unsigned int __u32;
typedef unsigned long long __u64;

/* near miss: what the unit defines of the old context goes with it */
struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;
};

static long (*bpf_skb_pull_data)(struct __sk_buff *skb, __u32 len) = (void *)39;
static __u32 (*bpf_get_smp_processor_id)(void) = (void *)8;

#define SEC(name) __attribute__((section(name), used))

SEC("tc")
int prog(struct __sk_buff *skb)
{
	if (bpf_skb_pull_data(skb, 100) || bpf_get_smp_processor_id() == 3)
		return 0;
	return skb->protocol == 8 ? 2 : 0;
}

char _license[] SEC("license") = "GPL";
