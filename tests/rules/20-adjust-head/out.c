// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#define BG_XDP_FRONT /* the program may find again what it cut off the packet's front */
#include "bpfgraft/xdp_on_skb.h"

#define GROW(ctx, n) bg_xdp_adjust_head(ctx, -(int)(n))
#define SHRINK bg_xdp_adjust_head

/* near miss: a name that begins alike */
static __always_inline int bpf_xdp_adjust_head_twice(struct __sk_buff *ctx, int delta)
{
	return bg_xdp_adjust_head(ctx, delta) || bg_xdp_adjust_head(ctx, -delta);
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	if (bpf_xdp_adjust_head_twice(ctx, 4))
		return bg_xdp_verdict(ctx, XDP_ABORTED);
	if (GROW(ctx, sizeof(struct ethhdr)))
		return TC_ACT_SHOT;
	if (SHRINK(ctx, sizeof(struct ethhdr)))
		return TC_ACT_SHOT;
	return bg_xdp_tx(ctx);
}

char _license[] SEC("license") = "GPL";
