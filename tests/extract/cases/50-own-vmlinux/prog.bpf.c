// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// With a vmlinux.h of the repository, bpf_helpers.h takes its integer types from there. Those that <linux/types.h> has come from that, in front of it.
// entry: plain
// expect: same
// loads: yes
// keep: __u32 __u64 xdp_md xdp_action
// drop: sk_buff __s8
// text: ^#include <linux/types.h>$[\s\S]*#include <bpf/bpf_helpers.h>

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("xdp")
int plain(struct xdp_md *ctx)
{
	return bpf_get_prandom_u32() & ctx->rx_queue_index ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
