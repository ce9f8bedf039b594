// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
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

extern struct nf_conn *bpf_skb_ct_lookup(struct __sk_buff *ctx, struct bpf_sock_tuple *tuple, __u32 size,
					 struct bpf_ct_opts___local *opts, __u32 opts_size) __ksym;
extern void bpf_ct_release(struct nf_conn *ct) __ksym;

#define LOOKUP(ctx, t, o) bpf_skb_ct_lookup(ctx, t, sizeof((t)->ipv4), o, sizeof(*(o)))

/* near miss */
static __always_inline int bpf_skb_ct_lookup_any(struct __sk_buff *ctx, struct bpf_sock_tuple *tuple, struct bpf_ct_opts___local *opts)
{
	struct nf_conn *ct = LOOKUP(ctx, tuple, opts);

	if (!ct)
		return 0;
	bpf_ct_release(ct);
	return 1;
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	struct bpf_ct_opts___local opts = { .l4proto = 6, .netns_id = -1 };
	struct bpf_sock_tuple tuple = {};
	struct nf_conn *ct;

	ct = bpf_skb_ct_lookup(ctx, &tuple, sizeof(tuple.ipv4), &opts, sizeof(opts));
	if (ct) {
		bpf_ct_release(ct);
		return TC_ACT_OK;
	}
	return bpf_skb_ct_lookup_any(ctx, &tuple, &opts) ? TC_ACT_OK : TC_ACT_SHOT;
}

char _license[] SEC("license") = "GPL";
