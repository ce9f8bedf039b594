// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// libbpf does not open the object of the whole file, because another program in it calls what only a linker brings. This
// program needs nothing of that; its map is compared by its types.
// entry: count
// expect: pinned
// detail: another program in it wants a linker
// loads: yes
// keep: tally
// drop: brought_by_linker

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct tally {
	__u64 packets;
	__u32 last_length;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct tally);
	__uint(max_entries, 1);
} tallies SEC(".maps");

extern int brought_by_linker(int x);

SEC("xdp")
int needs_linking(struct xdp_md *ctx)
{
	return brought_by_linker(ctx->rx_queue_index);
}

SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct tally *t = bpf_map_lookup_elem(&tallies, &key);

	if (!t)
		return XDP_ABORTED;
	t->packets++;
	t->last_length = ctx->data_end - ctx->data;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
