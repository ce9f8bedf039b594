// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// -D__x86_64__ is tested only inside the C library's headers, which do not compile for BPF without it.
// entry: transport
// flags: -D__x86_64__
// expect: same
// loads: yes
// keep: __x86_64__
// text: #define __x86_64__[^\n]*\n[\s\S]*#include <netinet/in.h>

#include <linux/bpf.h>
#include <netinet/in.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int transport(struct xdp_md *ctx)
{
	return ctx->rx_queue_index == IPPROTO_SCTP ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
