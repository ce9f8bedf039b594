// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every verdict in every place where a program can say it, by the port of the packet; and VLAN tags, which are looked at in the bytes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 5);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

__u32 from, tag;

static __always_inline int counted(int verdict)
{
	__u32 key = verdict;
	__u64 *n = bpf_map_lookup_elem(&verdicts, &key);

	if (n)
		*n += 1;
	return verdict;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	int verdict = XDP_PASS;

	if ((void *)(udp + 1) > end)
		return XDP_PASS;
	from = ctx->ingress_ifindex;
	if (eth->h_proto == bpf_htons(ETH_P_8021Q)) {
		tag = *(__u16 *)(eth + 1);
		return counted(bpf_ntohs(tag) & 1 ? XDP_DROP : XDP_PASS);
	}
	if (eth->h_proto != bpf_htons(ETH_P_IP) || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	switch (bpf_ntohs(udp->dest)) {
	case 22:
		return XDP_DROP;
	case 53:
		return XDP_ABORTED;
	case 80:
		return counted(XDP_TX);
	case 123:
		return ip->ttl > 60 ? XDP_PASS : XDP_DROP;
	case 443:
		verdict = XDP_DROP;
		break;
	case 1194:
		return 99;
	case 4789:
		return counted(ip->ttl & 3);
	case 6080:
		eth->h_proto = bpf_htons(ETH_P_IPV6);
		return XDP_PASS;
	case 6081:
		eth->h_proto = bpf_htons(ETH_P_ARP);
		break;
	case 8080:
		return XDP_REDIRECT; /* to nowhere: the packet is lost */
	default:
		break;
	}
	return counted(verdict);
}

char _license[] SEC("license") = "GPL";
