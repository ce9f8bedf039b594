// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#define ctx_ptr(ctx, mem) (void *)(unsigned long)ctx->mem
#define META(ctx) ((void *)(long)ctx->data_meta)
#define no_room(needed, limit) ((void *)(needed) > (void *)(limit))

struct mark {
	__u32 mark, flow;
};

/* the area's end, where no variable holds the packet's start, and where both are numbers */
static __always_inline int is_marked(struct xdp_md *ctx)
{
	struct mark *m = (void *)(long)ctx->data_meta;
	unsigned long at = ctx->data_meta, data = ctx->data;

	if ((void *)(m + 1) > (void *)(long)ctx->data || at + sizeof(*m) > data)
		return 0;
	return m->mark == 42 && data + ETH_HLEN <= ctx->data_end;
}

/* as parameters, of which one is the packet's start */
static __always_inline int write_mark(struct xdp_md *ctx, struct mark *to, void *start)
{
	if (no_room(to + 1, start))
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

	p->begin = (void *)(long)((struct xdp_md *)md)->data;
	m = (void *)(long)((struct xdp_md *)md)->data_meta;
	if (m + 1 > (struct mark *)p->begin)
		return -1;
	m->flow++;
	return p->begin > p->end; /* near miss: the packet's own */
}

static __noinline int length(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;

	return data - META(ctx);
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	__u8 *data, *data_meta, *data_end;
	struct place p = { .end = (void *)(long)ctx->data_end };

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(struct mark)))
		return XDP_PASS;
	data_meta = ctx_ptr(ctx, data_meta);
	data_end = ctx_ptr(ctx, data_end);
	data = ctx_ptr(ctx, data);
	/* near miss: the packet's own start stays */
	if (data + ETH_HLEN > data_end || data_meta + sizeof(struct mark) > data)
		return XDP_DROP;
	if (write_mark(ctx, (struct mark *)data_meta, data) || !is_marked(ctx) || rewrite_mark(&p, ctx))
		return XDP_DROP;
	if (!data_meta || length(ctx) != sizeof(struct mark)) /* near miss: no place is compared */
		return XDP_DROP;
	data_meta[4] = data[ETH_HLEN - 1]; /* what is there is no place */
	if (data_meta[4] == data[0])
		return XDP_DROP;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
