// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sends packets on: back, to a device by its number, to a device of a map, with all that can be said about it. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 5);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

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

	if ((void *)(udp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	switch (bpf_ntohs(udp->dest)) {
	case 22:
		return XDP_TX;
	case 53:
		return bpf_redirect(7, 0);
	case 80:
		return counted(bpf_redirect(8, 1)); /* no flag is allowed at XDP */
	case 123:
		return counted(bpf_redirect_map(&devices, 1, XDP_PASS));
	case 443:
		return counted(bpf_redirect_map(&devices, 3, XDP_PASS)); /* there is none */
	case 1194:
		return counted(bpf_redirect_map(&devices, 3, XDP_DROP));
	case 4789:
		return counted(bpf_redirect_map(&devices, udp->source & 7, XDP_TX));
	case 6080:
		return counted(bpf_redirect_map(&devices, 9, XDP_ABORTED)); /* past the end */
	case 6081:
		eth->h_proto = bpf_htons(ETH_P_ARP); /* the packet is another one when it leaves */
		return XDP_TX;
	case 8080:
		eth->h_proto = bpf_htons(ETH_P_IPV6);
		return bpf_redirect(ctx->ingress_ifindex, 0);
	case 9886:
		return counted(bpf_redirect_map(&devices, 2, 64)); /* no such flag */
	default:
		return XDP_PASS;
	}
}

char _license[] SEC("license") = "GPL";
