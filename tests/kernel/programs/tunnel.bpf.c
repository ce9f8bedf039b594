// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What stands before a server behind a load balancer that tunnels: 'unwrap' takes the outer IPv4 header off, 'firewall' lets TCP to one port pass, 'count'
 * counts. 'wrap' is the balancer's side. TC_ACT_UNSPEC goes on.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

volatile const __u32 generation = 0; /* changed by every reload */
volatile const __u16 port = 5201;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} unwrapped SEC(".maps"), refused SEC(".maps"), counted SEC(".maps");

struct headers {
	struct ethhdr eth;
	struct iphdr ip;
	struct tcphdr tcp; /* where ip holds TCP without options */
} __attribute__((packed));

static __always_inline void add(void *map)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(map, &zero);

	if (n)
		__sync_fetch_and_add(n, 1);
}

static __always_inline struct headers *headers_of(struct __sk_buff *skb)
{
	struct headers *h;

	if (bpf_skb_pull_data(skb, sizeof(*h)))
		return NULL;
	h = (void *)(long)skb->data;
	return (void *)(h + 1) <= (void *)(long)skb->data_end && h->eth.h_proto == bpf_htons(ETH_P_IP) ? h : NULL;
}

SEC("tc")
int wrap(struct __sk_buff *skb)
{
	struct headers *h = headers_of(skb);
	struct iphdr outer;
	__u32 sum = 0;

	if (!h || h->ip.protocol != IPPROTO_TCP)
		return TC_ACT_UNSPEC;
	outer = h->ip;
	outer.ihl = 5;
	outer.protocol = IPPROTO_IPIP;
	outer.tot_len = bpf_htons(bpf_ntohs(h->ip.tot_len) + sizeof(outer));
	outer.check = 0;
	for (int i = 0; i < 10; i++)
		sum += ((__u16 *)&outer)[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	outer.check = ~sum;
	if (bpf_skb_adjust_room(skb, sizeof(outer), BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_FIXED_GSO) ||
	    bpf_skb_store_bytes(skb, ETH_HLEN, &outer, sizeof(outer), BPF_F_INVALIDATE_HASH))
		return TC_ACT_SHOT;
	return TC_ACT_UNSPEC;
}

SEC("tc")
int unwrap(struct __sk_buff *skb)
{
	struct headers *h = headers_of(skb);

	if (!h || h->ip.protocol != IPPROTO_IPIP)
		return TC_ACT_UNSPEC;
	add(&unwrapped);
	return bpf_skb_adjust_room(skb, -(int)sizeof(h->ip), BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO) ? TC_ACT_SHOT :
													     TC_ACT_UNSPEC;
}

SEC("tc")
int firewall(struct __sk_buff *skb)
{
	struct headers *h = headers_of(skb);

	if (!h)
		return TC_ACT_UNSPEC;
	if (h->ip.protocol == IPPROTO_TCP && h->tcp.dest == bpf_htons(port) && generation)
		return TC_ACT_UNSPEC;
	add(&refused);
	return TC_ACT_SHOT;
}

SEC("tc")
int count(struct __sk_buff *skb)
{
	if (skb->protocol == bpf_htons(ETH_P_IP))
		add(&counted);
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "GPL";
