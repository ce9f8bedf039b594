// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#define BG_XDP_META /* the program moves its metadata area */
#include "bpfgraft/xdp_on_skb.h"

#define ROOM(ctx, type) bg_xdp_adjust_meta(ctx, -(int)sizeof(type))

/* near miss: a helper's name in words, bpf_xdp_adjust_meta(ctx, 4) */
static __always_inline int has_meta(struct __sk_buff *ctx)
{
	void *meta = (void *)(long) bg_xdp_data_meta(ctx), *data = (void *)(long)ctx->data;

	return meta + 4 <= bg_xdp_meta_end(ctx);
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	if (has_meta(ctx) && bg_xdp_adjust_meta(ctx, 4))
		return TC_ACT_SHOT;
	if (bg_xdp_adjust_meta(ctx, -8) || ROOM(ctx, __u32))
		return bg_xdp_pass(ctx);
	return bg_xdp_verdict(ctx, has_meta(ctx) ? XDP_PASS : XDP_DROP);
}

char _license[] SEC("license") = "GPL";
