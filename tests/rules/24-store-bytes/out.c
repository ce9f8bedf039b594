// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"

#define SET_TYPE(ctx, type) bg_xdp_store_bytes((ctx), 12, &(type), sizeof(type))

/* near miss */
static __always_inline long store_bytes(struct __sk_buff *ctx, __u8 first)
{
	return bg_xdp_store_bytes(ctx, 0, &first, 1);
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	__u16 type = 0xb588;

	if (store_bytes(ctx, 2) || SET_TYPE(ctx, type))
		return TC_ACT_SHOT;
	return bg_xdp_pass(ctx);
}

char _license[] SEC("license") = "GPL";
