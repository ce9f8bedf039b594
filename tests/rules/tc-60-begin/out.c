// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

/* near miss: not the program, and another parameter */
static __always_inline int odd(void *data, void *end)
{
	return data + 1 > end ? -1 : *(__u8 *)data & 1;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	if (bg_tc_begin(ctx))
		return XDP_DROP;
	return bg_tc_verdict(ctx, odd((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? TC_ACT_SHOT : TC_ACT_OK);
}

char _license[] SEC("license") = "GPL";
