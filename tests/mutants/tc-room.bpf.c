// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* At TC: makes and takes room in front of the packet, behind its headers and at its end, by numbers that the packet has. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct key {
	__u32 what;
	__s32 said;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct key);
	__type(value, __u64);
} said SEC(".maps");

static __always_inline void count(__u32 what, __s32 err)
{
	struct key key = { what, err };
	__u64 *n = bpf_map_lookup_elem(&said, &key), one = 1;

	if (n)
		*n += 1;
	else
		bpf_map_update_elem(&said, &key, &one, BPF_ANY);
}

static __always_inline void state(struct __sk_buff *skb, __u32 what)
{
	count(what, skb->len);
	count(what + 1, skb->protocol);
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	/* BPF_F_ADJ_ROOM_*: alone, and together as they may and may not stand */
	static const __u16 all[16] = { 0, 2, 4, 6, 8, 2 | 8, 4 | 16, 2 | 8 | 16, 0x80, 0x100, 0x180, 1 | 0x20, 2 | 0x40, 4 | 0x40, 0x200, 2 | 0x80 };
	__u64 flags;
	__u8 ttl, tos, buf[2];
	__u32 id, len;
	int d;

	if ((void *)(ip + 1) > end)
		return TC_ACT_OK;
	ttl = ip->ttl;
	tos = ip->tos;
	len = skb->len;
	id = bpf_ntohs(ip->id) + (len * 0x9e3779b1u >> 16); /* some number */
	d = (signed char)tos > 40 ? 40 : (signed char)tos; /* what a test run has room for */
	switch (ip->protocol) {
	case IPPROTO_TCP:
		flags = all[id & 15];
		flags |= ttl & 0x20 ? 14ULL << 56 : 0;
		if (len & 4)
			d = len & 2 ? -20 : 20;
		count(0, bpf_skb_adjust_room(skb, d, ttl & 3, flags));
		state(skb, 10);
		if (len & 8)
			count(1, bpf_skb_adjust_room(skb, ttl & 8 ? -20 : 8, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV6));
		if (ttl & 0x10)
			count(2, bpf_skb_change_tail(skb, skb->len + 4, 0));
		state(skb, 20);
		return TC_ACT_OK;
	case IPPROTO_UDP:
		count(3, bpf_skb_change_tail(skb, skb->len + d, ttl == 1));
		count(4, bpf_skb_change_tail(skb, 13, 0));
		state(skb, 30);
		return TC_ACT_OK;
	case IPPROTO_ICMP:
		count(5, bpf_skb_change_head(skb, tos & 31, ttl == 1));
		count(6, bpf_skb_load_bytes_relative(skb, 0, buf, 2, BPF_HDR_START_NET));
		count(7, buf[0]);
		state(skb, 40);
		if (ttl & 1)
			count(8, bpf_skb_adjust_room(skb, 8, BPF_ADJ_ROOM_MAC, 0));
		return TC_ACT_OK;
	case IPPROTO_IPV6:
		count(9, bpf_skb_change_proto(skb, ttl & 1 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP), tos == 1));
		state(skb, 50);
		if (ttl & 2)
			count(60, bpf_skb_change_proto(skb, bpf_htons(ETH_P_IP), 0));
		return TC_ACT_OK;
	}
	if (ip->protocol == IPPROTO_GRE) {
		count(63, bpf_skb_adjust_room(skb, -8, BPF_ADJ_ROOM_MAC, 0x100)); /* BPF_F_ADJ_ROOM_DECAP_L3_IPV6 */
		state(skb, 70);
		return TC_ACT_OK;
	}
	count(61, bpf_skb_adjust_room(skb, -d, BPF_ADJ_ROOM_MAC, 0));
	count(62, bpf_skb_adjust_room(skb, 0x1000, BPF_ADJ_ROOM_MAC, 0));
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
