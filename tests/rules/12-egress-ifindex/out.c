// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/xdp_on_skb.h"

struct route {
	__u32 egress_ifindex; /* near miss */
};

#define OUT(c) ((c)->ifindex)

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	struct route r = { .egress_ifindex = ctx->ifindex };

	return bg_xdp_blind_verdict(ctx, r.egress_ifindex == OUT(ctx) ? XDP_PASS : XDP_DROP);
}

char _license[] SEC("license") = "GPL";
