// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#define ROOM(ctx, type) bpf_xdp_adjust_meta(ctx, -(int)sizeof(type))

/* near miss: a helper's name in words, bpf_xdp_adjust_meta(ctx, 4) */
static __always_inline int has_meta(struct xdp_md *ctx)
{
	void *meta = (void *)(long)ctx->data_meta, *data = (void *)(long)ctx->data;

	return meta + 4 <= data;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	if (has_meta(ctx) && bpf_xdp_adjust_meta(ctx, 4))
		return XDP_DROP;
	if (bpf_xdp_adjust_meta(ctx, -8) || ROOM(ctx, __u32))
		return XDP_PASS;
	return has_meta(ctx) ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
