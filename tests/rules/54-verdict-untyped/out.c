// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"
SEC("tc")
int prog(void *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	struct __sk_buff *x = ctx;
	return bg_xdp_verdict(ctx, x->data_end - x->data > 60 ? XDP_TX : XDP_DROP);
}
char _license[] SEC("license") = "GPL";
