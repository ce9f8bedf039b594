// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* At TC: reads and writes the packet by helpers, at offsets and with numbers that the packet has; what the helpers said is counted. */
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

SEC("tc")
int prog(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	__u8 buf[16] = { 1, 2, 3, 4, 5, 6, 7, 8 }, tos, ttl;
	__u32 id, some;
	__u16 sum;

	if ((void *)(ip + 1) > end || skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	tos = ip->tos;
	ttl = ip->ttl;
	id = bpf_ntohs(ip->id);
	count(0, skb->len);
	if (ip->protocol == IPPROTO_UDP) {
		count(1, bpf_skb_load_bytes(skb, id, buf, sizeof(buf)));
		count(2, buf[0] | buf[15] << 8);
		some = (ttl & 3) + 2; /* a number that only the packet tells */
		count(3, bpf_skb_load_bytes(skb, skb->len - 4, buf, some));
		count(4, buf[0] | buf[4] << 8);
		count(5, bpf_skb_load_bytes_relative(skb, tos, buf, 8, ttl & 3));
		count(6, buf[0]);
		count(7, bpf_skb_pull_data(skb, id));
		count(8, bpf_skb_pull_data(skb, skb->len));
		count(9, bpf_skb_pull_data(skb, skb->len + 1));
		return TC_ACT_OK;
	}
	if (ip->protocol == IPPROTO_ICMP) {
		count(10, bpf_skb_store_bytes(skb, ETH_HLEN + tos, buf, 7, ttl & 7));
		count(11, bpf_skb_store_bytes(skb, skb->len - 7, buf, 7, 0));
		count(12, bpf_skb_store_bytes(skb, skb->len - 6, buf, 7, 0));
		return TC_ACT_OK;
	}
	/* sums at even and odd places, of two, four and no bytes; flags that there are, and that there are not */
	count(20, bpf_l3_csum_replace(skb, 24, id, ttl * 257u, 2));
	count(21, bpf_l3_csum_replace(skb, 26 + (id & 0x3f), id * 77777u, ttl, 4));
	count(22, bpf_l3_csum_replace(skb, 26 + (id & 0x7e), tos & 1, id * 99u, ttl & 0x10));
	count(23, bpf_l4_csum_replace(skb, 26 + (id & 0x7e), id, ttl * 257u, (ttl << 4 & 0x70) | 2));
	count(24, bpf_l4_csum_replace(skb, 26 + (id & 0x7e), tos & 1, id * 3u, ttl & 0x70));
	count(25, bpf_l4_csum_replace(skb, 26 + (id & 0x7e), id, ~id, 0x34));
	count(26, bpf_l4_csum_replace(skb, 30, id, ttl, 0x102));
	count(27, bpf_csum_update(skb, id));
	/* a sum that is zero, and one that becomes zero */
	buf[0] = buf[1] = 0;
	bpf_skb_store_bytes(skb, 0, buf, 2, 0);
	count(28, bpf_l4_csum_replace(skb, 0, 1, id, BPF_F_MARK_MANGLED_0 | 2));
	bpf_skb_load_bytes(skb, 6, &sum, 2);
	count(29, bpf_l4_csum_replace(skb, 6, 0, sum, BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE | 2));
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
