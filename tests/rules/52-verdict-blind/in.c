// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

/* a program that never looks at the packet needs no runtime at all */
SEC("xdp")
int prog(struct xdp_md *ctx)
{
	if (ctx->ingress_ifindex == 3)
		return XDP_DROP;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
