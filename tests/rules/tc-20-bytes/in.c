// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define BYTE(skb, at, to) bpf_skb_load_bytes(skb, at, to, 1)
#define LOAD bpf_skb_load_bytes

/* near miss: a name that begins alike */
static __always_inline long bpf_skb_load_bytes_twice(struct __sk_buff *skb, void *to)
{
	return LOAD(skb, 0, to, 2) ? 1 : bpf_skb_load_bytes_relative(skb, 0, to, 2, BPF_HDR_START_NET);
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	__u8 b[2] = { 0 };

	if (bpf_skb_pull_data(skb, 34) || bpf_skb_load_bytes_twice(skb, b) || BYTE(skb, 23, b))
		return TC_ACT_OK;
	b[0]++;
	return bpf_skb_store_bytes(skb, 23, b, 1, BPF_F_RECOMPUTE_CSUM) ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
