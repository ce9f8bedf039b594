// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// <linux/types.h> would define another type of the unit, too, and otherwise: <asm/types.h> has the plainest ones alone.
// entry: plain
// expect: same
// loads: yes
// keep: __u32 __u64 __kernel_size_t
// drop: __s8
// text: ^#include <asm/types.h>$[\s\S]*^typedef __u16 __be16;$[\s\S]*#include <bpf/bpf_helpers.h>
// no-text: typedef.* __[us](8|16|32|64);
// no-text: linux/types.h

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("xdp")
int plain(struct xdp_md *ctx)
{
	__kernel_size_t size = ctx->data_end - ctx->data;

	return size > 100 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
