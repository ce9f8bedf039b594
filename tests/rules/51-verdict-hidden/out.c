// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"

/* returns inside a macro, which the program and its helper function share */
#define NEED(x)                  \
	do {                     \
		if (!(x))        \
			return XDP_DROP; \
	} while (0)

static __always_inline int check(void *data, void *data_end)
{
	NEED(data + sizeof(struct ethhdr) <= data_end);
	return XDP_PASS;
}

static __attribute__((always_inline)) int prog_xdp(struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;

	NEED(data + sizeof(struct ethhdr) <= data_end);
	return check(data, data_end);
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	return bg_xdp_verdict(ctx, prog_xdp(ctx));
}

char _license[] SEC("license") = "GPL";
