// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Another file defines a function of the same name: this translation unit's is taken. Who named the file is not told of the other.
// entry: handle
// flags: -DVARIANT=2
// expect: same
// loads: yes
// keep: handle VARIANT decide
// drop: TAIL
// no-note: other\.bpf\.c:[0-9]+
// no-text: other_only

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#if VARIANT == 1
static __always_inline int decide(__u32 queue)
{
	return XDP_DROP;
}
#elif VARIANT == 2
static __always_inline int decide(__u32 queue)
{
	return queue ? XDP_TX : XDP_PASS;
}
#endif

#define TAIL 1

SEC("xdp")
int handle(struct xdp_md *ctx)
{
#if VARIANT > 1
	return decide(ctx->rx_queue_index);
#else
	return XDP_ABORTED;
#endif
}

char LICENSE[] SEC("license") = "GPL";
