// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

/* near miss: another function that takes the context does not begin the program */
static __noinline int length(struct xdp_md *ctx)
{
	return (int)(ctx->data_end - ctx->data);
}

/* the name of the program and its section are macros */
#define PROGRAM prog
#define SECTION "xdp"

SEC(SECTION)
int PROGRAM(struct xdp_md *context)
{
	return length(context) > 100 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
