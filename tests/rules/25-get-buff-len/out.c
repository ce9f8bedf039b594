// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"

#define LEN(ctx) bg_xdp_get_buff_len(ctx)

/* near miss: what the linear part holds */
static __always_inline __u32 get_buff_len(struct __sk_buff *ctx)
{
	return ctx->data_end - ctx->data;
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	if (bg_xdp_get_buff_len(ctx) < 60 || LEN(ctx) != get_buff_len(ctx))
		return TC_ACT_SHOT;
	return bg_xdp_pass(ctx);
}

char _license[] SEC("license") = "GPL";
