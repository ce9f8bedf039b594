// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A function that is no program: a program is generated around it, as its callers are, that passes what its parameters
// stand for, be it the context, objects, numbers that nobody can know, or an object too large for the stack.
// entry: push_label
// expect: same
// harness: xdp bounds 0 numbers any
// harness-text: push_label\(\(void \*\)md, \(void \*\)&l, \(void \*\)&bg_harness_in\.book, ttl
// harness-text: bg_harness_out\.result_of_call = push_label
// harness-no-text: bg_harness_license
// keep: push_label fold label book
// drop: entry unused
// note: 'push_label' has no section of a program type

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

struct label {
	__u32 value;
	__u8 traffic_class, bottom;
};

struct book {
	struct label known[32];
	__u32 used;
};

struct unused {
	int nothing;
};

static __always_inline __u32 fold(const struct label *l, __u8 ttl)
{
	return (l->value << 12) | (l->traffic_class << 9) | (l->bottom << 8) | ttl;
}

static __always_inline int push_label(struct xdp_md *ctx, struct label *l, struct book *book, __u8 ttl, __u64 seed)
{
	struct ethhdr *eth;
	__u32 *word;

	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*word)))
		return -1;
	eth = (void *)(long)ctx->data;
	word = (void *)(eth + 1);
	if ((void *)(word + 1) > (void *)(long)ctx->data_end)
		return -2;
	eth->h_proto = 0x4788;
	*word = fold(l, ttl);
	l->bottom = 0;
	book->known[seed & 31] = *l;
	return ++book->used;
}

static struct book pages;

SEC("xdp")
int entry(struct xdp_md *ctx)
{
	struct label l = { ctx->rx_queue_index, 0, 1 };

	return push_label(ctx, &l, &pages, 64, ctx->ingress_ifindex) < 0 ? XDP_DROP : XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
