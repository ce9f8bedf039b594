// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// __COUNTER__ numbers what is left in: the second name becomes the first. An open limitation (the unit would need the uses
// before it as padding); it is not silent: the unit does not compile and the exit code says so.
// entry: second
// expect: does-not-compile

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#define FRESH(prefix) GLUE(prefix, __COUNTER__)

static __u32 FRESH(cell_);
static __u32 FRESH(cell_);

SEC("xdp")
int first(struct xdp_md *ctx)
{
	return cell_0++ > 9 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int second(struct xdp_md *ctx)
{
	return cell_1++ > 9 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
