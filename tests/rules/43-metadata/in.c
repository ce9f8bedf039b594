// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

enum xdp_rss_hash_type { XDP_RSS_TYPE_NONE };

extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym;
extern int bpf_xdp_metadata_rx_hash(const struct xdp_md *ctx, __u32 *hash, enum xdp_rss_hash_type *rss_type) __ksym;
extern int bpf_xdp_metadata_rx_vlan_tag(const struct xdp_md *ctx, __be16 *proto, __u16 *tci) __ksym;

#define STAMP(ctx, at) bpf_xdp_metadata_rx_timestamp(ctx, at)

/* near miss: a function of the program's own */
static __always_inline int bpf_xdp_metadata_rx_none(struct xdp_md *ctx)
{
	return ctx->data == ctx->data_end;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	enum xdp_rss_hash_type type;
	__u64 time;
	__u32 hash;
	__be16 proto;
	__u16 tci;

	if (bpf_xdp_metadata_rx_none(ctx) || STAMP(ctx, &time))
		return XDP_DROP;
	if (!bpf_xdp_metadata_rx_hash(ctx, &hash, &type) && hash == time)
		return XDP_TX;
	return bpf_xdp_metadata_rx_vlan_tag(ctx, &proto, &tci) ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
