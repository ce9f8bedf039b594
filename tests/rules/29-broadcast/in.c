// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
} peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

#define NOT_BACK (BPF_F_EXCLUDE_INGRESS)

static __always_inline int flood(struct xdp_md *xdp, void *map)
{
	return bpf_redirect_map(map, 0, NOT_BACK | BPF_F_BROADCAST);
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	__u32 key = ctx->ingress_ifindex;

	switch (key) {
	case 1:
		return bpf_redirect_map(&ports, 0, BPF_F_BROADCAST);
	case 2:
		return bpf_redirect_map(&peers, 0, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS);
	case 3:
		return bpf_redirect_map(&peers, key, BPF_F_EXCLUDE_INGRESS); /* near miss: to one device */
	default:
		return flood(ctx, &ports);
	}
}

char _license[] SEC("license") = "GPL";
