// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/xdp_on_skb.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
} peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

#define NOT_BACK (BPF_F_EXCLUDE_INGRESS)

static __always_inline int flood(struct __sk_buff *xdp, void *map)
{
	return bg_xdp_redirect_all(xdp, map, NOT_BACK | BPF_F_BROADCAST);
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	__u32 key = ctx->ifindex;

	switch (key) {
	case 1:
		return bg_xdp_blind_verdict(ctx, bg_xdp_redirect_all(ctx, &ports, BPF_F_BROADCAST));
	case 2:
		return bg_xdp_blind_verdict(ctx, bg_xdp_redirect_all(ctx, &peers, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS));
	case 3:
		return bg_xdp_blind_verdict(ctx, bg_xdp_redirect_map(&peers, key, BPF_F_EXCLUDE_INGRESS)); /* near miss: to one device */
	default:
		return bg_xdp_blind_verdict(ctx, flood(ctx, &ports));
	}
}

char _license[] SEC("license") = "GPL";
