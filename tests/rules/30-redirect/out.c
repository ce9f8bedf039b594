// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/xdp_on_skb.h"

#define TO(ifindex) bg_xdp_redirect(ifindex, 0)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 5);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

/* verdicts as data: the map is counted by XDP's numbers */
static __always_inline int count(int verdict)
{
	__u32 key = verdict;
	__u64 *n = bpf_map_lookup_elem(&verdicts, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	return verdict;
}

/* near miss: another helper's name */
static __always_inline int bpf_redirect_back(struct __sk_buff *ctx)
{
	return TO(ctx->ifindex);
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (ctx->ifindex == 1)
		return bg_xdp_blind_verdict(ctx, count(bg_xdp_redirect(3, 0)));
	if (ctx->ifindex == 2)
		return bg_xdp_blind_verdict(ctx, bg_xdp_redirect(4, 1));
	return bg_xdp_blind_verdict(ctx, count(bpf_redirect_back(ctx)));
}

char _license[] SEC("license") = "GPL";
