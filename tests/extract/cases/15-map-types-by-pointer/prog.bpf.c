// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Only pointers to the key and value types stand in a map definition; with incomplete types it would compile with wrong sizes.
// entry: known
// expect: same
// loads: yes
// keep: peers peer_id peer_state counters
// drop: peer_note

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct counters { __u64 packets, bytes; };
struct peer_id { __u32 net; __u64 host; };
struct peer_state { struct counters sums[3]; __u8 flags; };
struct peer_note { char text[16]; };

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 128);
	__type(key, struct peer_id);
	__type(value, struct peer_state);
} peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct peer_note);
} notes SEC(".maps");

SEC("xdp")
int known(struct xdp_md *ctx)
{
	__u64 raw[2] = { 0, ctx->rx_queue_index };

	return bpf_map_lookup_elem(&peers, raw) ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
