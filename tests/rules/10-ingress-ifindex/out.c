// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>

#define CAME_FROM(c) ((c)->ifindex)

/* near miss: a member of the same name in a struct of the unit's own */
struct seen {
	__u32 ingress_ifindex;
};

struct call {
	struct __sk_buff *ctx;
	struct seen seen;
};

static __always_inline int wanted(struct call *c)
{
	c->seen.ingress_ifindex = c->ctx->ifindex; /* hit, behind a pointer */
	return c->seen.ingress_ifindex != 7;
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	struct call c = { .ctx = ctx };

	if (ctx->ifindex == 1 || !wanted(&c))
		return TC_ACT_SHOT;
	if (CAME_FROM(ctx) == 9) /* a macro's body has it */
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
