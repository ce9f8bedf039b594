// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One name, three definitions; each use means the one before it.
// entry: judge
// expect: same
// loads: yes
// keep: too_short too_long LIMIT
// drop: jumbo
// count: 2 ^#define LIMIT
// count: 1 ^#undef LIMIT
// no-text: 9000

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define LIMIT 60
static __always_inline int too_short(__u32 len)
{
	return len < LIMIT;
}

#undef LIMIT
#define LIMIT 1514
static __always_inline int too_long(__u32 len)
{
	return len > LIMIT;
}

#undef LIMIT
#define LIMIT 9000
static __always_inline int jumbo(__u32 len)
{
	return len > LIMIT;
}

SEC("xdp")
int judge(struct xdp_md *ctx)
{
	__u32 len = ctx->data_end - ctx->data;

	return too_short(len) || too_long(len) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int judge_jumbo(struct xdp_md *ctx)
{
	return jumbo(ctx->data_end - ctx->data) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
