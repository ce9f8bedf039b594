// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#define TO(ifindex) bpf_redirect(ifindex, 0)

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
static __always_inline int bpf_redirect_back(struct xdp_md *ctx)
{
	return TO(ctx->ingress_ifindex);
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	if (ctx->ingress_ifindex == 1)
		return count(bpf_redirect(3, 0));
	if (ctx->ingress_ifindex == 2)
		return bpf_redirect(4, 1);
	return count(bpf_redirect_back(ctx));
}

char _license[] SEC("license") = "GPL";
