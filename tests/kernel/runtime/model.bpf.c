// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One program, compiled for XDP and (-DAT_TC) for TC over the runtime header: it does one operation, leaves what the operation said in a
 * map, and lets the packet pass as it is, so that both packets can be compared.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifdef AT_TC
#include "bpfgraft/xdp_on_skb.h"
#define CONTEXT struct __sk_buff
#define SECTION "tc"
#define PASSES 0
#define adjust_head bg_xdp_adjust_head
#define adjust_tail bg_xdp_adjust_tail
#define load_bytes bg_xdp_load_bytes
#define store_bytes bg_xdp_store_bytes
#define get_buff_len bg_xdp_get_buff_len
#define redirect bg_xdp_redirect
#define redirect_map bg_xdp_redirect_map
#else
#define CONTEXT struct xdp_md
#define SECTION "xdp"
#define PASSES XDP_PASS
#define adjust_head bpf_xdp_adjust_head
#define adjust_tail bpf_xdp_adjust_tail
#define load_bytes bpf_xdp_load_bytes
#define store_bytes bpf_xdp_store_bytes
#define get_buff_len bpf_xdp_get_buff_len
#define redirect bpf_redirect
#define redirect_map bpf_redirect_map
#endif

enum op { OP_HEAD, OP_TAIL, OP_LOAD, OP_STORE, OP_LEN, OP_VERDICT, OP_REDIRECT, OP_REDIRECT_MAP, OP_TWICE, OP_TAG, OP_TAG_PASS, OP_HEAD_PASS, OP_STORE_N, OP_STORE_KEEP, OP_METADATA };

struct job {
	__u32 op;
	__s32 number;           /* delta, offset, verdict, key */
	__u32 flags;
	__s64 result;
	__u32 linear;           /* bytes that the program sees between data and data_end */
	__u32 vlan_present, vlan_tci, protocol;
	__u8 bytes[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct job);
} jobs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

#ifdef AT_TC
/* What only an skb can have: a tag beside the packet. */
static __always_inline int tag(CONTEXT *ctx, struct job *job)
{
	job->result = bpf_skb_vlan_push(ctx, 0x0081, job->number);
	if (job->result)
		return 0;
	job->result = bg_xdp_begin(ctx);
	if (!job->result && job->op == OP_TAG_PASS)
		job->result = bg_xdp_pass(ctx);
	job->vlan_present = ctx->vlan_present;
	job->vlan_tci = ctx->vlan_tci;
	job->protocol = ctx->protocol;
	return 0;
}
#endif

#ifdef AT_TC
static __always_inline int metadata(CONTEXT *ctx, struct job *job)
{
	unsigned long long time = 0;
	unsigned short proto = 0, tci = 0;
	unsigned int hash = 0, type = 7;

	job->result = bg_xdp_metadata_rx_timestamp(ctx, &time);
	job->linear = time;
	bpf_set_hash(ctx, job->number);
	job->flags = bg_xdp_metadata_rx_hash(ctx, &hash, &type) || type;
	job->number = hash;
	if (bpf_skb_vlan_push(ctx, 0x0081, 5))
		return 0;
	job->protocol = bg_xdp_metadata_rx_vlan_tag(ctx, &proto, &tci);
	job->vlan_present = proto;
	job->vlan_tci = tci;
	return 0;
}
#endif

static __always_inline long move_twice(CONTEXT *ctx, int delta)
{
	long err = adjust_head(ctx, delta);

	return err ? err : adjust_head(ctx, -delta);
}

/* A pointer into the packet is good after the store, as at XDP. */
static __always_inline long store_keep(CONTEXT *ctx, struct job *job)
{
	__u8 *data = (__u8 *)(long)ctx->data;
	long err;

	if (data + 1 > (__u8 *)(long)ctx->data_end)
		return -1;
	err = store_bytes(ctx, job->number, job->bytes, 6);
	return err ? err : *data;
}

SEC(SECTION)
int model(CONTEXT *ctx)
{
	__u32 key = 0;
	struct job *job = bpf_map_lookup_elem(&jobs, &key);

	if (!job)
		return PASSES;
#ifdef AT_TC
	if (job->op == OP_TAG || job->op == OP_TAG_PASS)
		return tag(ctx, job);
	if (job->op == OP_METADATA)
		return metadata(ctx, job);
	if (bg_xdp_begin(ctx))
		return BG_TC_SHOT;
#endif
	switch (job->op) {
	case OP_HEAD:
		job->result = adjust_head(ctx, job->number);
		break;
	case OP_TAIL:
		job->result = adjust_tail(ctx, job->number);
		break;
	case OP_TWICE:
		job->result = move_twice(ctx, job->number);
		break;
	case OP_LOAD:
		job->result = load_bytes(ctx, job->number, job->bytes, sizeof(job->bytes));
		break;
	case OP_STORE:
		job->result = store_bytes(ctx, job->number, job->bytes, sizeof(job->bytes));
		break;
	case OP_STORE_N:
		job->result = store_bytes(ctx, job->number, job->bytes, (job->flags & 7) + 1);
		break;
	case OP_STORE_KEEP:
		job->result = store_keep(ctx, job);
		break;
	case OP_LEN:
		job->result = get_buff_len(ctx);
		break;
	case OP_REDIRECT:
		job->result = redirect(job->number, job->flags);
		break;
	case OP_REDIRECT_MAP:
		job->result = redirect_map(&devices, job->number, job->flags);
		break;
	}
	job->linear = ctx->data_end - ctx->data;
#ifdef AT_TC
	if (job->op == OP_VERDICT)
		return bg_xdp_verdict(ctx, job->number);
	if (job->op == OP_HEAD_PASS) {
		if (bg_xdp_adjust_head(ctx, job->number))
			return BG_TC_SHOT;
		job->result = bg_xdp_pass(ctx);
		job->vlan_present = ctx->vlan_present;
		job->vlan_tci = ctx->vlan_tci;
		job->protocol = ctx->protocol;
	}
	if (job->op == OP_REDIRECT || job->op == OP_REDIRECT_MAP)
		return bg_xdp_verdict(ctx, job->result);
#else
	if (job->op == OP_VERDICT)
		return job->number;
	if (job->op == OP_REDIRECT || job->op == OP_REDIRECT_MAP)
		return job->result;
#endif
	return PASSES;
}

char _license[] SEC("license") = "GPL";
