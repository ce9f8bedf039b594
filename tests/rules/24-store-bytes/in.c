// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#define SET_TYPE(ctx, type) bpf_xdp_store_bytes((ctx), 12, &(type), sizeof(type))

/* near miss */
static __always_inline long store_bytes(struct xdp_md *ctx, __u8 first)
{
	return bpf_xdp_store_bytes(ctx, 0, &first, 1);
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	__u16 type = 0xb588;

	if (store_bytes(ctx, 2) || SET_TYPE(ctx, type))
		return XDP_DROP;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
