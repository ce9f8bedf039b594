// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A struct that names 'struct other *' as a member declares it: a prototype behind it needs no declaration of its own.
// entry: judge
// expect: same
// minimal: proven
// no-text: ^struct other;$
// stays: declaration LICENSE

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct other {
	int x;
};

struct holder {
	struct other *o;
	int n;
};

static __noinline int holds(struct holder *h, struct other *o)
{
	return h->o == o ? h->n : 0;
}

SEC("xdp")
int judge(struct xdp_md *ctx)
{
	struct holder h = { .n = ctx->rx_queue_index };

	return holds(&h, 0) ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
