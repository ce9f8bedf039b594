// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define NEXT(skb, n) bpf_tail_call(skb, &programs, n)

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 4);
} programs SEC(".maps");

/* near miss: a name that begins alike */
static __always_inline int bpf_tail_calls(struct __sk_buff *skb)
{
	return skb->len & 1;
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	if (bpf_tail_calls(skb))
		NEXT(skb, 0);
	bpf_tail_call_static(skb, &programs, 1);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
