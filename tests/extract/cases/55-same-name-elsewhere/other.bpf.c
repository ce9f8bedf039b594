// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static int other_only;

SEC("xdp")
int handle(struct xdp_md *ctx)
{
	return other_only++ ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
