// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Maps whose size, and whose inner map, upstream's loader sets: they are completed to see whether the program loads, and the unit says what upstream says.
// entry: tally
// expect: same
// loads: yes
// keep: per_processor nested
// no-text: max_entries, [2-9]
// note: the map 'per_processor' with [0-9]+ entries, as its loader
// note: the map 'nested' with an inner array of one number

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
} per_processor SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} nested SEC(".maps");

SEC("xdp")
int tally(struct xdp_md *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id(), zero = 0;
	__u64 *n = bpf_map_lookup_elem(&per_processor, &cpu);
	void *inner = bpf_map_lookup_elem(&nested, &zero);

	if (n)
		++*n;
	return inner && bpf_map_lookup_elem(inner, &zero) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
