// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One member of a tested chain: drops UDP over IPv4 to one port, so that what comes through tells which members ran. -DXDP: at XDP. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#ifdef XDP
#define HOOK "xdp"
#define CONTEXT xdp_md
#define DROP XDP_DROP
#define NEXT XDP_PASS
#else
#define HOOK "tc"
#define CONTEXT __sk_buff
#define DROP TC_ACT_SHOT
#define NEXT TC_ACT_UNSPEC
#endif

volatile const __u16 port = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} dropped SEC(".maps");

SEC(HOOK)
int port_gate(struct CONTEXT *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	__u32 zero = 0;
	__u64 *count;

	if ((void *)(udp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->protocol != IPPROTO_UDP)
		return NEXT;
	if (udp->dest != bpf_htons(port))
		return NEXT;
	count = bpf_map_lookup_elem(&dropped, &zero);
	if (count)
		__sync_fetch_and_add(count, 1);
	return DROP;
}

char LICENSE[] SEC("license") = "GPL";
