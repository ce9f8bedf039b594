// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Upstream's build gives the version of the instruction set to another program than clang.
// entry: mark
// expect: upstream-does-not-compile
// keep: marks
// error: unsupported atomic operation
// note: -mcpu=v3\? atomic operations on 32 bits

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} marks SEC(".maps");

SEC("xdp")
int mark(struct xdp_md *ctx)
{
	__u32 key = 0, *m = bpf_map_lookup_elem(&marks, &key);

	if (m)
		__sync_fetch_and_or(m, 4);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
