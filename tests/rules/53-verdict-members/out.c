// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"
SEC("tc")
int member(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	return bg_xdp_verdict(ctx, ctx->data_end - ctx->data > 60 ? XDP_TX : XDP_DROP);
}
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(void *));
} jumps SEC(".maps") = { .values = { [0] = (void *)&member } };
SEC("tc")
int prog(struct __sk_buff *c)
{
	if (bg_xdp_begin(c))
		return TC_ACT_SHOT;
	bpf_tail_call(c, &jumps, 0);
	return bg_xdp_pass(c);
}
char _license[] SEC("license") = "GPL";
