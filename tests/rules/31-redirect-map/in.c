// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

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

#define OUT_OF(map, key) bpf_redirect_map(&(map), key, XDP_PASS)

/* near miss: looking a device up is allowed at both hooks */
static __always_inline int is_port(__u32 key)
{
	return bpf_map_lookup_elem(&ports, &key) != 0;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	__u32 key = ctx->ingress_ifindex;

	if (is_port(key))
		return bpf_redirect_map(&ports, key, 0);
	return OUT_OF(peers, key);
}

char _license[] SEC("license") = "GPL";
