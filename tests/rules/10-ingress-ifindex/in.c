// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#define CAME_FROM(c) ((c)->ingress_ifindex)

/* near miss: a member of the same name in a struct of the unit's own */
struct seen {
	__u32 ingress_ifindex;
};

struct call {
	struct xdp_md *ctx;
	struct seen seen;
};

static __always_inline int wanted(struct call *c)
{
	c->seen.ingress_ifindex = c->ctx->ingress_ifindex; /* hit, behind a pointer */
	return c->seen.ingress_ifindex != 7;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	struct call c = { .ctx = ctx };

	if (ctx->ingress_ifindex == 1 || !wanted(&c))
		return XDP_DROP;
	if (CAME_FROM(ctx) == 9) /* a macro's body has it */
		return XDP_DROP;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
