// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define __section(NAME) __attribute__((section(NAME), used))
#define __section_maps __section("maps")
#define PIN_NONE 0
#define PIN_GLOBAL_NS 2
#define INNER 42

/* iproute2's */
struct bpf_elf_map {
	__u32 type;
	__u32 size_key;
	__u32 size_value;
	__u32 max_elem;
	__u32 flags;
	__u32 id;
	__u32 pinning;
	__u32 inner_id;
	__u32 inner_idx;
};

struct bpf_elf_map __section_maps inner = {
	.type		= BPF_MAP_TYPE_ARRAY,
	.size_key	= sizeof(__u32),
	.size_value	= sizeof(__u64),
	.id		= INNER,
	.inner_idx	= 1,
	.pinning	= PIN_NONE,
	.max_elem	= 4,
};

struct bpf_elf_map __section_maps outer = {
	.type		= BPF_MAP_TYPE_ARRAY_OF_MAPS,
	.size_key	= sizeof(__u32),
	.size_value	= sizeof(__u32),
	.inner_id	= INNER,
	.pinning	= PIN_GLOBAL_NS,
	.max_elem	= 2,
};

struct bpf_elf_map __section_maps plain = {
	.type		= BPF_MAP_TYPE_HASH,
	.size_key	= 4,
	.size_value	= 8,
	.max_elem	= 16,
	.flags		= BPF_F_NO_PREALLOC,
};

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	__u32 one = 1;
	void *map = bpf_map_lookup_elem(&outer, &one);
	__u64 *n = map ? bpf_map_lookup_elem(map, &one) : 0;
	__u32 key = ctx->ingress_ifindex;
	__u64 *v = bpf_map_lookup_elem(&plain, &key);

	if (n)
		*n += 1;
	if (v)
		*v += 1;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
