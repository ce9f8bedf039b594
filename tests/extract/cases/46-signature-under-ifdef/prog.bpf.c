// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Two signatures for one body: the directives around both are part of the function.
// entry: combine
// expect: same
// loads: yes
// keep: joined WITH_SEED
// text: ^#ifdef WITH_SEED\nstatic __always_inline __u32 joined\(__u32 a, __u32 seed\)\n#else\nstatic __always_inline __u32 joined\(__u32 a\)\n#endif\n\{

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define WITH_SEED

#ifdef WITH_SEED
static __always_inline __u32 joined(__u32 a, __u32 seed)
#else
static __always_inline __u32 joined(__u32 a)
#endif
{
	return a * 31
#ifdef WITH_SEED
	       + seed
#endif
		;
}

SEC("xdp")
int combine(struct xdp_md *ctx)
{
	return joined(ctx->rx_queue_index, 9) > 1000 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
