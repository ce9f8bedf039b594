// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"

enum xdp_rss_hash_type { XDP_RSS_TYPE_NONE };


#define STAMP(ctx, at) bg_xdp_metadata_rx_timestamp(ctx, at)

/* near miss: a function of the program's own */
static __always_inline int bpf_xdp_metadata_rx_none(struct __sk_buff *ctx)
{
	return ctx->data == ctx->data_end;
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	enum xdp_rss_hash_type type;
	__u64 time;
	__u32 hash;
	__be16 proto;
	__u16 tci;

	if (bpf_xdp_metadata_rx_none(ctx) || STAMP(ctx, &time))
		return TC_ACT_SHOT;
	if (!bg_xdp_metadata_rx_hash(ctx, &hash, &type) && hash == time)
		return bg_xdp_tx(ctx);
	return bg_xdp_verdict(ctx, bg_xdp_metadata_rx_vlan_tag(ctx, &proto, &tci) ? XDP_PASS : XDP_DROP);
}

char _license[] SEC("license") = "GPL";
