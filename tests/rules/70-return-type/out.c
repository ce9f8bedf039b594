// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/xdp_on_skb.h"

/* near miss */
static __always_inline enum xdp_action choose(__u32 ifindex)
{
	return ifindex & 1 ? XDP_PASS : XDP_DROP;
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	return bg_xdp_blind_verdict(ctx, choose(ctx->ifindex));
}

char _license[] SEC("license") = "GPL";
