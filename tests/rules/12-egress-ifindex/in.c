// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

struct route {
	__u32 egress_ifindex; /* near miss */
};

#define OUT(c) ((c)->egress_ifindex)

SEC("xdp/devmap")
int prog(struct xdp_md *ctx)
{
	struct route r = { .egress_ifindex = ctx->egress_ifindex };

	return r.egress_ifindex == OUT(ctx) ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
