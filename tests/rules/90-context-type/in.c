// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

typedef struct xdp_md context_t;
#define CONTEXT struct xdp_md

/* near miss: struct xdp_md in a comment, and another struct that begins alike */
struct xdp_md_copy {
	__u32 length;
};

static __noinline int
copy(struct xdp_md *ctx,
     struct xdp_md_copy *to)
{
	to->length = ctx->data_end - ctx->data;
	return 0;
}

static __always_inline int by_typedef(context_t *ctx)
{
	return ctx->data_end - ctx->data;
}

static __always_inline int by_pointer(void *ctx)
{
	struct xdp_md* x = (struct xdp_md*)ctx;
	CONTEXT *y = ctx;

	return x->data == y->data;
}

__attribute__((noinline)) int global(struct xdp_md *ctx)
{
	return ctx->ingress_ifindex;
}

SEC("xdp.frags")
int prog(struct xdp_md *ctx)
{
	struct xdp_md_copy c;

	if (copy(ctx, &c) || by_typedef(ctx) < 14 || !by_pointer(ctx) || global(ctx) == 3)
		return XDP_DROP;
	return c.length > 60 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
