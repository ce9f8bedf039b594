// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define IS(skb, type) (skb->protocol == __builtin_bswap16(type))

struct header {
	__u8 protocol;
};

SEC("tc")
int prog(struct __sk_buff *skb)
{
	struct header ip = { 6 }, *h = &ip;

	if (IS(skb, ETH_P_ARP))
		return TC_ACT_OK;
	switch (skb->protocol) {
	case __builtin_bswap16(ETH_P_IP):
		return h->protocol == 6 ? TC_ACT_OK : TC_ACT_SHOT; /* near miss */
	}
	return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "GPL";
