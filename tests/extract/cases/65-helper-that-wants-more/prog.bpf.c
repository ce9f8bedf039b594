// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A function that wants of its callers what no generated call can know (here a map): the unit is compared all the same, and
// that the harness does not load is said with the verifier's reason.
// entry: count
// expect: same
// harness: xdp refused
// warning: the generated program around 'count' does not load; neither does it around upstream's whole file
// warning: the kernel rejected 'bg_harness_count'
// drop: entry packets

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 16);
} packets SEC(".maps");

static __always_inline __u64 count(void *map, __u32 slot)
{
	__u64 *n = bpf_map_lookup_elem(map, &slot);

	return n ? __sync_fetch_and_add(n, 1) : 0;
}

SEC("xdp")
int entry(struct xdp_md *ctx)
{
	return count(&packets, ctx->rx_queue_index & 15) > 1000 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
