// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* At TC: pushes and pops VLAN tags, and counts what is known of them beside the packet. */
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
	count(what + 2, skb->vlan_present);
	count(what + 3, skb->vlan_tci);
	count(what + 4, skb->vlan_proto);
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	__u8 ttl, tos;
	__u16 id;

	state(skb, 0);
	if ((void *)(ip + 1) > end)
		return TC_ACT_OK;
	ttl = ip->ttl;
	tos = ip->tos;
	id = bpf_ntohs(ip->id);
	if (skb->len & 1) { /* a number below 0x600 is a length: what it is is read anew when tags go */
		*(__be16 *)(data + 12) = bpf_htons(tos);
		bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 1);
		bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 2);
		bpf_skb_vlan_pop(skb);
		bpf_skb_vlan_pop(skb);
		state(skb, 60);
	}
	if (ttl & 1) {
		count(10, bpf_skb_vlan_pop(skb));
		state(skb, 20);
	}
	if (ttl & 2) {
		count(11, bpf_skb_vlan_push(skb, tos & 1 ? bpf_htons(ETH_P_8021AD) : bpf_htons(tos), id));
		state(skb, 30);
	}
	if (ttl & 4) {
		count(12, bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 5));
		state(skb, 40);
		count(13, bpf_skb_adjust_room(skb, 8, BPF_ADJ_ROOM_MAC, 0));
	}
	if (ttl & 8) {
		count(14, bpf_skb_vlan_pop(skb));
		state(skb, 50);
	}
	return tos & 2 ? bpf_redirect(skb->ifindex, 0) : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
