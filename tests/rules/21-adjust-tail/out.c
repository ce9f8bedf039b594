// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"

#define CUT(ctx, n) bg_xdp_adjust_tail((ctx), -(n))

/* near miss: a function of the unit that is named like it */
static __always_inline int my_bpf_xdp_adjust_tail(struct __sk_buff *ctx)
{
	return CUT(ctx, 4);
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	if (bg_xdp_adjust_tail(ctx, 20) < 0)
		return TC_ACT_SHOT;
	return bg_xdp_verdict(ctx, my_bpf_xdp_adjust_tail(ctx) ? XDP_DROP : XDP_TX);
}

char _license[] SEC("license") = "GPL";
