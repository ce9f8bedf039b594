// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("xdp")
int prog(void *ctx)
{
	struct xdp_md *x = ctx;
	return x->data_end - x->data > 60 ? XDP_TX : XDP_DROP;
}
char _license[] SEC("license") = "GPL";
