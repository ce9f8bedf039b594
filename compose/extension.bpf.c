// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An extension that may change the packet's length: whether a dispatcher has room for such ones (dispatcher.h). */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("freplace")
int bpfgraft_extension(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_tail(ctx, 0) ? XDP_ABORTED : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
