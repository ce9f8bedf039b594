// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// __COUNTER__ numbers what the whole unit expands, also what is dropped. What is kept needs the numbers that it has upstream: an argument counts once however
// often a macro has it, and a number that is pasted counts each time.
// entry: second
// expect: same
// loads: yes
// keep: FRESH
// drop: cell_0 TWICE
// count: 2 enum \{.*= __COUNTER__
// text: = __COUNTER__, bg_counter_2 = __COUNTER__ \};

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#define FRESH(prefix) GLUE(prefix, __COUNTER__)
#define TWICE(x) (x * 10 + x)
#define UNUSED(x) 0

static __u32 FRESH(cell_);
static int dropped = TWICE(__COUNTER__) + UNUSED(__COUNTER__);
static int also_dropped = __COUNTER__;
static __u32 FRESH(cell_);

SEC("xdp")
int first(struct xdp_md *ctx)
{
	dropped += also_dropped + __COUNTER__;
	return cell_0++ > dropped ? XDP_DROP : XDP_PASS;
}

static __u32 FRESH(other_);

SEC("xdp")
int second(struct xdp_md *ctx)
{
	return cell_3++ > 9 + other_5 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int third(struct xdp_md *ctx)
{
	return __COUNTER__;
}

char LICENSE[] SEC("license") = "GPL";
