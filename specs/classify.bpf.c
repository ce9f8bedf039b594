// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * At XDP: parses each packet once, drops IPv4 that is shorter than it says, and tells the programs behind it what the packet is:
 * protocol, and of UDP the destination port.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpfgraft/meta.h>

BG_META(__u8, l4_proto);
BG_META(__u16, udp_port);

SEC("xdp")
int classify(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(eth + 1) > end)
		return XDP_DROP;
	if (eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	if ((void *)(ip + 1) > end || ip->ihl < 5 || (void *)ip + bpf_ntohs(ip->tot_len) > end)
		return XDP_DROP;
	bg_meta_set(l4_proto, ip->protocol);
	if (ip->protocol == IPPROTO_UDP && ip->ihl == 5 && (void *)(udp + 1) <= end)
		bg_meta_set(udp_port, bpf_ntohs(udp->dest));
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
