// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A condition begins behind the attribute of a function and ends with the file: what the attribute stands before then is a struct.
// entry: limit
// expect: same
// loads: yes
// keep: bucket
// drop: unused

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define LIMIT 10

SEC("xdp")
#if LIMIT == 0
int limit(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}
#else

struct bucket {
	__u64 count;
};

struct unused {
	__u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bucket);
} buckets SEC(".maps");

SEC("xdp")
int limit(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct bucket *b = bpf_map_lookup_elem(&buckets, &key);

	return b && ++b->count > LIMIT ? XDP_DROP : XDP_PASS;
}
#endif

char LICENSE[] SEC("license") = "GPL";
