// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/xdp_on_skb.h"

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
} peers SEC(".maps");

#define OUT_OF(map, key) bg_xdp_redirect_map(&(map), key, XDP_PASS)

/* near miss: looking a device up is allowed at both hooks */
static __always_inline int is_port(__u32 key)
{
	return bpf_map_lookup_elem(&ports, &key) != 0;
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	__u32 key = ctx->ifindex;

	if (is_port(key))
		return bg_xdp_blind_verdict(ctx, bg_xdp_redirect_map(&ports, key, 0));
	return bg_xdp_blind_verdict(ctx, OUT_OF(peers, key));
}

char _license[] SEC("license") = "GPL";
