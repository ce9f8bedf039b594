// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#define BG_XDP_META /* the program moves its metadata area */
#include "bpfgraft/xdp_on_skb.h"

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	__u32 *meta;

	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	if (bg_xdp_adjust_meta(ctx, -4))
		return bg_xdp_pass(ctx);
	meta = (void *)(long)bg_xdp_data_meta(ctx);
	if ((void *)(meta + 1) > bg_xdp_meta_end(ctx))
		return bg_xdp_pass(ctx);
	*meta = ctx->ifindex;
	return bg_xdp_pass(ctx);
}

char _license[] SEC("license") = "GPL";
