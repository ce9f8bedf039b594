// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"

#define LOAD(ctx, off, to) bg_xdp_load_bytes(ctx, off, to, sizeof(*(to)))

/* near miss */
static __always_inline long load_bytes(struct __sk_buff *ctx, __u16 *type)
{
	return LOAD(ctx, 12, type);
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	struct ethhdr eth;
	__u16 type;

	if (bg_xdp_load_bytes(ctx, 0, &eth, sizeof(eth)) || load_bytes(ctx, &type))
		return TC_ACT_SHOT;
	return bg_xdp_verdict(ctx, eth.h_proto == type ? XDP_PASS : XDP_ABORTED);
}

char _license[] SEC("license") = "GPL";
