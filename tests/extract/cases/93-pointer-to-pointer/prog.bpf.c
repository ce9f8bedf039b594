// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a pointer to a pointer leads to is a pointer: neither following it nor counting in it needs the struct at its end. Counting in a pointer does.
// entry: judge
// expect: same
// minimal: proven
// text: ^struct counted \{$
// no-text: ^struct (followed|indexed) \{$
// stays: declaration LICENSE

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct followed {
	__u64 a, b;
};

struct indexed {
	__u64 a, b;
};

struct counted {
	__u64 a, b;
};

struct slot {
	struct followed *f;
	struct indexed *i[2];
};

static struct slot slots;

SEC("xdp")
int judge(struct xdp_md *ctx)
{
	struct followed *f = (void *)(long)ctx->data;
	struct counted *c = (void *)(long)ctx->data;
	struct indexed **i = slots.i;

	*(struct followed * volatile *)&slots.f = f;
	if (i[1] == (void *)*(struct followed * volatile *)&slots.f)
		return XDP_ABORTED;
	return (void *)(c + 1) > (void *)(long)ctx->data_end ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int other(struct xdp_md *ctx)
{
	return slots.f && slots.f->a && slots.i[0]->b ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
