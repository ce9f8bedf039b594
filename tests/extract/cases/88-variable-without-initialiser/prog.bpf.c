// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// 'int limit;' is a definition, although libclang calls it none; the 'extern' before it, with or without attributes behind it, is not needed.
// entry: judge
// expect: same
// loads: yes
// minimal: proven
// count: 1 \blimit;
// no-text: extern
// stays: declaration LICENSE

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

typedef struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} counters_map;

extern int limit;
extern counters_map counters;

int limit;
counters_map counters SEC(".maps");

SEC("xdp")
int judge(struct xdp_md *ctx)
{
	__u32 key = 0;

	return limit > 3 && bpf_map_lookup_elem(&counters, &key) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
