// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A region of preserve_access_index is for accesses to fields. The program has a type of it, but accesses none of its fields; what sizeof names is
// not accessed.
// entry: judge
// expect: same
// minimal: proven
// keep: mark
// no-text: preserve_access_index
// stays: declaration LICENSE

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct mark {
	__u32 a, b;
};
#pragma clang attribute pop

SEC("xdp")
int judge(struct xdp_md *ctx)
{
	struct mark m = { 0 };

	return sizeof(m) == 8 && sizeof(m.b) == 4 ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int other(struct xdp_md *ctx)
{
	struct mark *m = (void *)(long)ctx->data;

	return (void *)(m + 1) > (void *)(long)ctx->data_end ? XDP_DROP : m->b;
}

char LICENSE[] SEC("license") = "GPL";
