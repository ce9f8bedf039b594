// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: legacy maps became BTF maps; out.diff beside this file has the changes. */
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

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 4);
} inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__uint(max_entries, 2);
	__array(values, typeof(inner));
} outer SEC(".maps") = {
	.values = { [1] = &inner },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} plain SEC(".maps");

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
