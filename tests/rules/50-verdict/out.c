// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"

#define DROP_IF(x) if (x) verdict = XDP_DROP

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 5);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

#define FURTHER -1

/* near miss: a helper function's returns are the program's own business, and so are negative numbers */
static __always_inline int parse(struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;

	if (data + sizeof(struct ethhdr) > data_end)
		return XDP_DROP;
	return ((struct ethhdr *)data)->h_source[5] & 1 ? XDP_PASS : FURTHER;
}

static __always_inline enum xdp_action count(enum xdp_action verdict)
{
	__u32 key = verdict;
	__u64 *n = bpf_map_lookup_elem(&verdicts, &key);

	if (n)
		*n += 1;
	return verdict;
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	int verdict = parse(ctx);

	if (verdict >= 0)
		return bg_xdp_verdict(ctx, verdict);
	DROP_IF(ctx->ifindex == 5);
	switch (ctx->ifindex) {
	case 1:
		return bg_xdp_pass(ctx); /* up the stack */
	case 2:
		return bg_xdp_tx(ctx);
	case 3:
		return bg_xdp_verdict(ctx, XDP_ABORTED);
	case 4:
		return bg_xdp_verdict(ctx, verdict == XDP_DROP ? XDP_DROP : XDP_PASS);
	case 6:
		return bg_xdp_verdict(ctx, 2);
	case 8:
		return bg_xdp_verdict(ctx, (verdict = XDP_TX, count(verdict)));
	case 7:
		return bg_xdp_verdict(ctx, 99);
	}
	if (verdict != XDP_DROP)
		verdict = XDP_TX;
	return bg_xdp_verdict(ctx, count(verdict));
}

char _license[] SEC("license") = "GPL";
