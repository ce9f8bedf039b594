// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/xdp_on_skb.h"

#define GROW(skb, n) bg_xdp_adjust_head(skb, -(int)(n))

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

/* near miss: a name that begins alike */
static __always_inline int bg_xdp_adjust_tail_by(struct __sk_buff *skb, int delta)
{
	return bg_xdp_adjust_tail(skb, delta);
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	__u8 b[2] = { 0 };

	if (bg_xdp_begin(skb))
		return TC_ACT_SHOT;
	if (GROW(skb, 4) || bg_xdp_adjust_tail_by(skb, -4))
		return TC_ACT_SHOT;
	if (bg_xdp_load_bytes(skb, 12, b, 2) || bg_xdp_store_bytes(skb, 16, b, 2))
		return bg_xdp_verdict(skb, XDP_ABORTED);
	if (skb->ifindex == 1)
		return bg_xdp_verdict(skb, bg_xdp_redirect(2, 0));
	return bg_xdp_verdict(skb, bg_xdp_redirect_map(&devices, skb->ifindex, XDP_PASS));
}

char _license[] SEC("license") = "GPL";
