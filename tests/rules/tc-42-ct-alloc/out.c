// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

struct nf_conn {
	unsigned long status;
} __attribute__((preserve_access_index));

struct bpf_ct_opts___local {
	__s32 netns_id;
	__s32 error;
	__u8 l4proto;
	__u8 dir;
	__u8 reserved[2];
} __attribute__((preserve_access_index));

struct nf_conn___init {
	struct nf_conn ct;
} __attribute__((preserve_access_index));

extern struct nf_conn___init *bpf_xdp_ct_alloc(struct xdp_md *ctx, struct bpf_sock_tuple *tuple, __u32 size,
					       struct bpf_ct_opts___local *opts, __u32 opts_size) __ksym;
extern struct nf_conn *bpf_ct_insert_entry(struct nf_conn___init *ct) __ksym;
extern void bpf_ct_release(struct nf_conn *ct) __ksym;

#define ALLOC bpf_xdp_ct_alloc

/* near miss */
static __always_inline int bpf_skb_ct_alloc_done(struct nf_conn___init *init)
{
	struct nf_conn *ct = bpf_ct_insert_entry(init);

	if (ct)
		bpf_ct_release(ct);
	return ct != 0;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	struct bpf_ct_opts___local opts = { .l4proto = 6, .netns_id = -1 };
	struct bpf_sock_tuple tuple = {};
	struct nf_conn___init *ct;

	ct = bpf_xdp_ct_alloc(ctx, &tuple, sizeof(tuple.ipv4), &opts, sizeof(opts));
	if (!ct || !bpf_skb_ct_alloc_done(ct))
		return XDP_DROP;
	ct = ALLOC(ctx, &tuple, sizeof(tuple.ipv4), &opts, sizeof(opts));
	if (ct)
		bpf_skb_ct_alloc_done(ct);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
