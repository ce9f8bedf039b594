// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A system header's macro is undefined and defined anew; a function before it uses the system's.
// entry: placed
// expect: same
// loads: yes
// keep: old_way offsetof
// count: 1 ^#undef offsetof
// count: 1 ^#define offsetof
// text: ^#include <stddef.h>

#include <linux/bpf.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>

struct layout { __u32 head, body, tail; };

static __always_inline __u32 old_way(void)
{
	return offsetof(struct layout, tail);
}

#undef offsetof
#define offsetof(type, member) (__builtin_offsetof(type, member) + 100)

SEC("xdp")
int placed(struct xdp_md *ctx)
{
	return ctx->rx_queue_index == offsetof(struct layout, body) + old_way() ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
