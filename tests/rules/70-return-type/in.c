// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

/* near miss */
static __always_inline enum xdp_action choose(__u32 ifindex)
{
	return ifindex & 1 ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
enum xdp_action prog(struct xdp_md *ctx)
{
	return choose(ctx->ingress_ifindex);
}

char _license[] SEC("license") = "GPL";
