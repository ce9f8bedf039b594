// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: legacy maps became BTF maps; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def {
	unsigned int type, key_size, value_size, max_entries, map_flags;
};

#define BPF_ANNOTATE_KV_PAIR(name, type_key, type_val) \
	struct ____btf_map_##name { \
		type_key key; \
		type_val value; \
	}; \
	struct ____btf_map_##name __attribute__((section(".maps." #name), used)) ____btf_map_##name = {}
#define ANNOTATE_MORE(name) /* near miss */

struct address {
	__u8 mac[6];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct address);
	__type(value, __u32);
	__uint(max_entries, 100);
} hosts SEC(".maps");
ANNOTATE_MORE(hosts);

struct port {
	__u32 number;
};

/* the annotation is right, but its type comes too late */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct port);
	__uint(value_size, 4);
	__uint(max_entries, 100);
} late SEC(".maps");
struct later {
	__u32 number;
};

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	struct address a = { { 2 } };

	return bpf_map_lookup_elem(&hosts, &a) && bpf_map_lookup_elem(&late, &a) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
