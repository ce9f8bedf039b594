// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One integer type is another one than in the kernel's headers: all are the vmlinux.h's own.
// entry: plain
// expect: same
// loads: yes
// keep: __u32 __u64 __s64
// drop: __s8
// text: typedef unsigned int __u32;[\s\S]*#include <bpf/bpf_helpers.h>
// no-text: /types.h

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("xdp")
int plain(struct xdp_md *ctx)
{
	__s64 size = ctx->data_end - ctx->data;

	return size > 100 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
