// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#define LEN(ctx) bpf_xdp_get_buff_len(ctx)

/* near miss: what the linear part holds */
static __always_inline __u32 get_buff_len(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	if (bpf_xdp_get_buff_len(ctx) < 60 || LEN(ctx) != get_buff_len(ctx))
		return XDP_DROP;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
