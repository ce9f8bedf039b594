// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

int next(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(struct __sk_buff *));
} programs SEC(".maps") = { .values = { (void *)&next } };

SEC("tc")
int next(struct __sk_buff *skb)
{
	return skb->protocol == __builtin_bswap16(ETH_P_IP) ? TC_ACT_OK : TC_ACT_SHOT;
}

/* a global function is verified by itself, with the context's type */
__noinline int odd(struct __sk_buff *skb)
{
	return skb->len & 1;
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	if (odd(skb))
		return TC_ACT_SHOT;
	bpf_tail_call(skb, &programs, 0);
	return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "GPL";
