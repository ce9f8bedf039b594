// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"

/* near miss: another function that takes the context does not begin the program */
static __noinline int length(struct __sk_buff *ctx)
{
	return (int)(ctx->data_end - ctx->data);
}

/* the name of the program and its section are macros */
#define PROGRAM prog
#define SECTION "xdp"

SEC("tc")
int PROGRAM(struct __sk_buff *context)
{
	if (bg_xdp_begin(context))
		return TC_ACT_SHOT;
	return bg_xdp_verdict(context, length(context) > 100 ? XDP_PASS : XDP_DROP);
}

char _license[] SEC("license") = "GPL";
