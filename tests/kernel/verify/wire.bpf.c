/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A program for XDP and, with -DTC, its faithful twin for TC, for what a test run does not show. -DBREAK_... makes one
 * mistake in the twin that the wire has to show.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#ifdef TC
#define CTX  struct __sk_buff
#define HOOK SEC("tc")
#define PASS TC_ACT_OK
#define DROP TC_ACT_SHOT
#else
#define CTX  struct xdp_md
#define HOOK SEC("xdp")
#define PASS XDP_PASS
#define DROP XDP_DROP
#endif

struct tagged {
	unsigned char macs[12];
	__be16 tpid, tci, type;
};

__u64 frames;

/* The VLAN of a frame, 0 for none. XDP sees it in the bytes, TC beside them when a device has sent the frame. */
static __always_inline int vlan_of(CTX *ctx, void *data, void *end)
{
	struct tagged *t = data;

#ifdef TC
	if (ctx->vlan_present)
		return ctx->vlan_tci & 0xfff;
#endif
	return (void *)(t + 1) <= end && t->tpid == bpf_htons(ETH_P_8021Q) ? bpf_ntohs(t->tci) & 0xfff : 0;
}

/*
 * VLAN 5 is dropped, and so are frames that say IPv4 and end within its header. Of UDP, port 9 is dropped, 7 sent back,
 * 8 sent out of device 7, and of the others the TTL goes down.
 */
HOOK int gateway(CTX *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	int vlan;

#ifdef TC
	if (bpf_skb_pull_data(ctx, ctx->len < 128 ? ctx->len : 128))
		return DROP;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	eth = data;
	ip = (void *)(eth + 1);
	udp = (void *)(ip + 1);
#endif
	frames++;
	vlan = vlan_of(ctx, data, end);
	if (vlan == 5)
		return DROP;
#ifdef BREAK_TAG
	if (vlan == 6)
		bpf_skb_vlan_pop(ctx);
#endif
	if (vlan || (void *)(eth + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return PASS;
	if ((void *)(ip + 1) > end)
#ifdef BREAK_RUNT
		return PASS;
#else
		return DROP;
#endif
	if ((void *)(udp + 1) > end || ip->protocol != 17)
		return PASS;
	switch (bpf_ntohs(udp->dest)) {
	case 9:
#ifdef BREAK_VERDICT
		return PASS;
#else
		return DROP;
#endif
	case 7:
#ifdef TC
		return bpf_redirect(ctx->ifindex, 0);
#else
		return XDP_TX;
#endif
	case 8:
#ifdef BREAK_TARGET
		return bpf_redirect(8, 0);
#else
		return bpf_redirect(7, 0);
#endif
	}
	ip->ttl--;
#ifdef BREAK_BYTE
	ip->tos ^= 1;
#endif
#ifdef BREAK_MAP
	frames++;
#endif
	return PASS;
}

/* IPv4 goes up as something else: the stack of TC has to be told, which taking a tag out of the bytes does. */
HOOK int renamer(CTX *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return PASS;
	eth->h_proto = bpf_htons(ETH_P_LOOPBACK);
#if defined(TC) && !defined(BREAK_PROTOCOL)
	if (bpf_skb_vlan_push(ctx, bpf_htons(ETH_P_8021Q), 1) || bpf_skb_vlan_push(ctx, bpf_htons(ETH_P_8021Q), 2) ||
	    bpf_skb_vlan_pop(ctx) || bpf_skb_vlan_pop(ctx))
		return DROP;
#endif
	return PASS;
}

char LICENSE[] SEC("license") = "GPL";
