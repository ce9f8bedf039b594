// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"

typedef struct __sk_buff context_t;
#define CONTEXT struct __sk_buff

/* near miss: struct xdp_md in a comment, and another struct that begins alike */
struct xdp_md_copy {
	__u32 length;
};

static __noinline int
copy(struct __sk_buff *ctx,
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
	struct __sk_buff* x = (struct __sk_buff*)ctx;
	CONTEXT *y = ctx;

	return x->data == y->data;
}

__attribute__((noinline)) int global(struct __sk_buff *ctx)
{
	return ctx->ifindex;
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	struct xdp_md_copy c;

	if (copy(ctx, &c) || by_typedef(ctx) < 14 || !by_pointer(ctx) || global(ctx) == 3)
		return TC_ACT_SHOT;
	return bg_xdp_verdict(ctx, c.length > 60 ? XDP_PASS : XDP_DROP);
}

char _license[] SEC("license") = "GPL";
