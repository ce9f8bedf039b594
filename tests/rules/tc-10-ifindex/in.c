// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define FROM(s) ((s)->ifindex)

struct port {
	__u32 ifindex;
};

/* near miss: another structure's member, and a local of the name */
static __always_inline int same(struct port *port, struct __sk_buff *skb)
{
	__u32 ifindex = port->ifindex;

	return ifindex == skb->ifindex;
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	struct port port = { 3 };

	if (same(&port, skb))
		return TC_ACT_OK;
	return FROM(skb) == skb->ingress_ifindex ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
