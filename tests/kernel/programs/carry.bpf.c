// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Members that tell each other what bytes of a packet say, for chains whose programs the keys have to get across: the same text at xdp and
 * at tc. 'show' writes what it hears into the packet. 'tell' and 'hear' are for frames of the test's on a wire.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpfgraft/meta.h>

#define TEST_ETHERTYPE 0x88b5   /* IEEE 802, local experimental */
#define NEED	       60	/* bytes of a packet that is looked at */

#ifdef TC
#define HOOK  "tc"
#define CTX   struct __sk_buff
#define GO_ON TC_ACT_UNSPEC
#define STOP  TC_ACT_SHOT
#else
#define HOOK  "xdp"
#define CTX   struct xdp_md
#define GO_ON XDP_PASS
#define STOP  XDP_DROP
#endif

BG_META(__u32, flow);
BG_META(__u8, kind);

static __always_inline __u8 *bytes(CTX *ctx)
{
	__u8 *data = (void *)(long)ctx->data;

	return data + NEED > (__u8 *)(long)ctx->data_end ? 0 : data;
}

SEC(HOOK)
int parse(CTX *ctx)
{
	__u8 *p = bytes(ctx);

	if (!p)
		return GO_ON;
	if (p[20] & 1)
		bg_meta_set(flow, p[21] << 24 | p[22]);
	if (p[20] & 2)
		bg_meta_set(kind, p[23]);
	return p[20] & 4 ? STOP : GO_ON;
}

SEC(HOOK)
int change(CTX *ctx)
{
	__u8 *p = bytes(ctx), kind;
	__u32 flow;

	if (!p)
		return GO_ON;
	if (bg_meta_get(flow, &flow))
		bg_meta_set(flow, flow + p[24]);
	if ((p[25] & 1) && bg_meta_get(kind, &kind))
		p[26] ^= kind;
	if (p[25] & 2)
		bg_meta_unset(kind);
	if (p[25] & 4)
		bg_meta_set(kind, 200);
	return GO_ON;
}

SEC(HOOK)
int show(CTX *ctx)
{
	__u8 *p = bytes(ctx), kind;
	__u32 flow;

	if (!p)
		return GO_ON;
	p[40] = p[46] = 0;
	if (bg_meta_get(flow, &flow)) {
		p[40] = 1;
		p[41] = flow >> 24;
		p[42] = flow >> 8;
		p[43] = flow;
	}
	if (bg_meta_get(kind, &kind)) {
		p[46] = 1;
		p[47] = kind;
	}
	return GO_ON;
}

#ifndef TC
/* Moves the packet's beginning, and what stands before it along. */
SEC(HOOK)
int shift(CTX *ctx)
{
	__u8 *p = bytes(ctx);

	if (p && (p[28] & 1) && bpf_xdp_adjust_head(ctx, 4))
		return XDP_ABORTED;
	return GO_ON;
}

/* Metadata of others. */
SEC(HOOK)
int others(CTX *ctx)
{
	__u32 *meta, *data;

	if (bpf_xdp_adjust_meta(ctx, -8))
		return GO_ON;
	meta = (void *)(long)ctx->data_meta;
	data = (void *)(long)ctx->data;
	if (meta + 2 <= data)
		meta[0] = meta[1] = 0xdeadbeef;
	return GO_ON;
}
#endif

static __always_inline int is_test(CTX *ctx)
{
	__u8 *p = bytes(ctx);

	return p && p[12] == TEST_ETHERTYPE >> 8 && p[13] == (TEST_ETHERTYPE & 255);
}

SEC(HOOK)
int tell(CTX *ctx)
{
	if (!is_test(ctx))
		return GO_ON;
	bg_meta_set(kind, 3);
	bg_meta_set(flow, 1000);
	return GO_ON;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} heard SEC(".maps"), silent SEC(".maps");

static __always_inline void add(void *map, __u64 n)
{
	__u32 zero = 0;
	__u64 *sum = bpf_map_lookup_elem(map, &zero);

	if (sum)
		*sum += n;
}

/* Adds up what it hears, and counts when it hears nothing. */
SEC(HOOK)
int hear(CTX *ctx)
{
	__u32 flow;
	__u8 kind;

	if (!is_test(ctx))
		return GO_ON;
	if (bg_meta_get(flow, &flow) && bg_meta_get(kind, &kind))
		add(&heard, flow + kind);
	else
		add(&silent, 1);
	return GO_ON;
}

char LICENSE[] SEC("license") = "GPL";
