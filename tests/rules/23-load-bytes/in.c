// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#define LOAD(ctx, off, to) bpf_xdp_load_bytes(ctx, off, to, sizeof(*(to)))

/* near miss */
static __always_inline long load_bytes(struct xdp_md *ctx, __u16 *type)
{
	return LOAD(ctx, 12, type);
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	struct ethhdr eth;
	__u16 type;

	if (bpf_xdp_load_bytes(ctx, 0, &eth, sizeof(eth)) || load_bytes(ctx, &type))
		return XDP_DROP;
	return eth.h_proto == type ? XDP_PASS : XDP_ABORTED;
}

char _license[] SEC("license") = "GPL";
