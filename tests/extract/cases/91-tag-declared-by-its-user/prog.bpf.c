// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A struct of which only the name is needed is declared by what names it first, where that stands at file scope: a function's result, a variable, a struct
// of a block. In a function's body it is a type of that body. Only a parameter needs a declaration before it.
// entry: judge
// expect: same
// minimal: proven
// no-text: ^struct (result|table|local|handle);$
// count: 1 ^struct parameter;$
// stays: forward struct parameter: clang warns then: declaration of 'struct parameter' will not be visible
// stays: declaration LICENSE

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct result { int x; };
struct table { int x; };
struct parameter { int x; };
struct handle { int x; };

static struct table *table;

static __noinline struct result *find(unsigned int n)
{
	struct local {
		__u32 words[2];
		struct local *next;
	} l = { { n, n + 1 }, 0 };
	struct local *p = &l;

	asm volatile("" ::: "memory");
	return (struct result *)(unsigned long)p->words[1];
}

static __noinline struct table *which(void)
{
	return table;
}

static __noinline int is_set(const struct parameter *p)
{
	return p != 0;
}

SEC("xdp")
int judge(struct xdp_md *ctx)
{
	struct parameter *p = (void *)(long)ctx->data;
	struct handle *h = (void *)(long)ctx->data_end;

	if (!h)
		return XDP_ABORTED;
	return find(ctx->rx_queue_index) == (void *)which() && is_set(p) ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int other(struct xdp_md *ctx)
{
	return table && table->x ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
