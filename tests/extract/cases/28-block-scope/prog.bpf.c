// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Declarations inside a function: a struct of its own, and an extern that names a variable of the file.
// entry: inner_scope
// expect: same
// loads: yes
// keep: shared_total after
// no-text: far_too_big

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct pair { __u64 far_too_big[64]; };

__u32 shared_total;

static __noinline __u32 after(__u32 x)
{
	return x + 11;
}

SEC("xdp")
int inner_scope(struct xdp_md *ctx)
{
	struct pair { __u32 a, b; } p = { ctx->rx_queue_index, sizeof(struct pair) };
	extern __u32 shared_total;

	shared_total += p.b;
	return after(p.a) > shared_total ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
