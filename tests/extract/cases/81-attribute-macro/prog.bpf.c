// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Without its macro '} __packed;' compiles, and declares a variable: the same code, another program. A macro of value 0 is there so that clang does not warn.
// entry: first
// expect: same
// minimal: proven
// stays: macro __packed: BTF changes then: new: variable __packed|macro __packed: BTF changes then: new: struct pair
// stays: macro TRACE: clang warns then: 'TRACE' is not defined
// stays: declaration LICENSE

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define __packed __attribute__((packed))
#define TRACE 0

struct pair {
	__u8 a, b;
} __packed;

SEC("xdp")
int first(struct xdp_md *ctx)
{
	struct pair *p = (void *)(long)ctx->data;

#if TRACE
	bpf_printk("first");
#endif
	if ((void *)(p + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	return p->a ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
