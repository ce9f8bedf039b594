// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The integer types of a vmlinux.h are those of <linux/types.h>, where several are needed; others are not.
// entry: plain
// expect: same
// loads: yes
// minimal: proven
// stays: declaration LICENSE: its section is read
// keep: u32 __u24
// drop: __s8
// text: ^#include <linux/types.h>$[\s\S]*^typedef __u32 u32;$
// count: 1 #include <linux/
// text: ^typedef unsigned int __u24;$
// no-text: typedef.* __(u8|u16|u32|u64|s32|s64|be16|be32|wsum);
// text: #include <linux/types.h>[\s\S]*#pragma clang attribute push

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("xdp")
int plain(struct xdp_md *ctx)
{
	__u24 mask = 3;
	__u64 wide = ctx->ingress_ifindex;
	u32 queue = ctx->rx_queue_index & mask;

	return wide > queue ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
