// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#define BG_XDP_META /* the program moves its metadata area */
#include "bpfgraft/xdp_on_skb.h"

#define ctx_ptr(ctx, mem) (void *)(unsigned long)ctx->mem
#define META(ctx) ((void *)(long)bg_xdp_data_meta(ctx))
#define no_room(needed, limit) ((void *)(needed) > (void *)(limit))

struct mark {
	__u32 mark, flow;
};

/* the area's end, where no variable holds the packet's start, and where both are numbers */
static __always_inline int is_marked(struct __sk_buff *ctx)
{
	struct mark *m = (void *)(long) bg_xdp_data_meta(ctx);
	unsigned long at = bg_xdp_data_meta(ctx), data = ctx->data;

	if ((void *)(m + 1) > (void *)(long)bg_xdp_meta_end(ctx) || at + sizeof(*m) > (unsigned long)bg_xdp_meta_end(ctx))
		return 0;
	return m->mark == 42 && data + ETH_HLEN <= ctx->data_end;
}

/* as parameters, of which one is the packet's start */
static __always_inline int write_mark(struct __sk_buff *ctx, struct mark *to, void *start)
{
	if (no_room(to + 1, bg_xdp_meta_end(ctx)))
		return -1;
	to->mark = 42;
	to->flow = 0;
	return 0;
}

/* kept in a structure of the program's own; the context comes without its type */
struct place {
	void *begin, *end;
};

static __always_inline int rewrite_mark(struct place *p, void *md)
{
	struct mark *m;

	p->begin = (void *)(long)((struct __sk_buff *)md)->data;
	m = (void *)(long) bg_xdp_data_meta(((struct __sk_buff *)md));
	if (m + 1 > (struct mark *)bg_xdp_meta_end(md))
		return -1;
	m->flow++;
	return p->begin > p->end; /* near miss: the packet's own */
}

static __noinline int length(struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data;

	return bg_xdp_meta_end(ctx) - META(ctx);
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	__u8 *data, *data_meta, *data_end;
	struct place p = { .end = (void *)(long)ctx->data_end };

	if (bg_xdp_adjust_meta(ctx, -(int)sizeof(struct mark)))
		return bg_xdp_pass(ctx);
	data_meta = ctx_ptr(BG_XDP_META_OF(ctx), data_meta);
	data_end = ctx_ptr(ctx, data_end);
	data = ctx_ptr(ctx, data);
	/* near miss: the packet's own start stays */
	if (data + ETH_HLEN > data_end || data_meta + sizeof(struct mark) > (__u8 *)bg_xdp_meta_end(ctx))
		return TC_ACT_SHOT;
	if (write_mark(ctx, (struct mark *)data_meta, data) || !is_marked(ctx) || rewrite_mark(&p, ctx))
		return TC_ACT_SHOT;
	if (!data_meta || length(ctx) != sizeof(struct mark)) /* near miss: no place is compared */
		return TC_ACT_SHOT;
	data_meta[4] = data[ETH_HLEN - 1]; /* what is there is no place */
	if (data_meta[4] == data[0])
		return TC_ACT_SHOT;
	return bg_xdp_pass(ctx);
}

char _license[] SEC("license") = "GPL";
