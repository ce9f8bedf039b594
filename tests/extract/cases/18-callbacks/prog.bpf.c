// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Functions that are only passed to a helper.
// entry: sum_up
// expect: same
// loads: yes
// keep: each_slot each_turn slots total
// drop: each_other

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct total { __u64 sum; };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} slots SEC(".maps");

static long each_slot(struct bpf_map *map, const __u32 *key, __u64 *value, struct total *t)
{
	t->sum += *value;
	return 0;
}

static long each_turn(__u32 turn, struct total *t)
{
	t->sum ^= turn;
	return 0;
}

static long each_other(__u32 turn, struct total *t)
{
	t->sum -= turn;
	return 0;
}

SEC("xdp")
int sum_up(struct xdp_md *ctx)
{
	struct total t = { ctx->rx_queue_index };

	bpf_for_each_map_elem(&slots, each_slot, &t, 0);
	bpf_loop(5, each_turn, &t, 0);
	return t.sum & 1 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int count_down(struct xdp_md *ctx)
{
	struct total t = { 0 };

	bpf_loop(5, each_other, &t, 0);
	return t.sum ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
