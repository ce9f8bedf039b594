// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define BIG(s) ((s)->len > 1500)

struct record {
	__u32 len;
};

static __always_inline __u32 rest(struct __sk_buff *skb, struct record *record)
{
	return skb->len - record->len; /* near miss: the second is another structure's */
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	struct record record = { ETH_HLEN };

	if (BIG(skb))
		return TC_ACT_SHOT;
	return rest(skb, &record) < 20 ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
