// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define SEND(ifindex) bpf_redirect(ifindex, 0)

/* near miss: a name that begins alike */
static __always_inline long bpf_redirect_or(__u32 ifindex, long other)
{
	return ifindex ? bpf_redirect(ifindex, 0) : other;
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	if (skb->ifindex == 1)
		return SEND(2);
	if (skb->ifindex == 2)
		return bpf_redirect(skb->ifindex, 0);
	return bpf_redirect_or(skb->ifindex - 3, TC_ACT_OK);
}

char _license[] SEC("license") = "GPL";
