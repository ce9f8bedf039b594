// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A map whose only use is an operand of an asm statement.
// entry: by_hand
// expect: same
// loads: yes
// keep: pins
// drop: other

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, __u32);
} pins SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} other SEC(".maps");

SEC("xdp")
int by_hand(struct xdp_md *ctx)
{
	__u32 one = 1, *v;
	void *map;

	asm("%[out] = %[map] ll" : [out] "=r"(map) : [map] "i"(&pins));
	v = bpf_map_lookup_elem(map, &one);
	return v && *v ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
