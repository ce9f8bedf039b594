// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* At TC: returns each verdict, by a constant and by a number that the packet has, and counts them. */
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

int next(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, int(void *));
} programs SEC(".maps") = { .values = { [0] = (void *)&next } };

SEC("tc")
int next(struct __sk_buff *skb)
{
	count(50, skb->vlan_present);
	count(51, skb->protocol);
	return skb->len & 1 ? TC_ACT_SHOT : TC_ACT_PIPE;
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	int verdict;
	__u8 ttl;

	count(0, skb->ifindex);
	count(1, skb->ingress_ifindex);
	if ((void *)(ip + 1) > end)
		return TC_ACT_UNSPEC;
	ttl = ip->ttl;
	switch (ip->tos) {
	case 1:
		return TC_ACT_OK;
	case 2:
		return TC_ACT_SHOT;
	case 3:
		return TC_ACT_STOLEN;
	case 4:
		return TC_ACT_QUEUED;
	case 5:
		return TC_ACT_TRAP;
	case 6:
		return bpf_redirect(skb->ifindex, 0);
	case 7:
		return bpf_redirect(ttl, 0);
	case 8:
		return TC_ACT_RECLASSIFY;
	case 9:
		return TC_ACT_REPEAT;
	case 10:
		break;
	case 11:
		return 0;
	case 12:
		return 2;
	case 13:
		return -1;
	}
	if (skb->len & 16) { /* to a program that there is, or not */
		bpf_tail_call(skb, &programs, skb->len & 1);
		count(2, skb->vlan_present);
		count(3, skb->protocol);
		count(4, skb->vlan_tci);
		return TC_ACT_OK;
	}
	verdict = skb->len & 15;
	count(5, verdict);
	if (verdict == TC_ACT_REDIRECT)
		count(6, bpf_redirect(2, 0));
	return verdict;
}

char _license[] SEC("license") = "GPL";
