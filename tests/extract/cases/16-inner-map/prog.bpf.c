// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A map of maps with a static slot: the inner map's type and the map in the slot come along.
// entry: pick
// expect: same
// loads: yes
// keep: shards shard0 shard
// drop: lonely

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct shard {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} shard0 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct shard);
} shards SEC(".maps") = {
	.values = { [1] = &shard0 },
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lonely SEC(".maps");

SEC("xdp")
int pick(struct xdp_md *ctx)
{
	__u32 zero = 0, which = ctx->rx_queue_index;
	void *inner = bpf_map_lookup_elem(&shards, &which);
	__u64 *n = inner ? bpf_map_lookup_elem(inner, &zero) : NULL;

	return n && *n ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
