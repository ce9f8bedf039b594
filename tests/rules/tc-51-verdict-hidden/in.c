// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define SHOOT_UNLESS(x) do { if (!(x)) return TC_ACT_SHOT; } while (0)

static __always_inline int check(struct __sk_buff *skb)
{
	SHOOT_UNLESS(skb->ifindex != 5);
	return TC_ACT_OK;
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	SHOOT_UNLESS(skb->len > 60);
	return check(skb);
}

char _license[] SEC("license") = "GPL";
