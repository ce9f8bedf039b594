// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Upstream's flags name a folder below the system's: the unit names the headers as they are found without.
// entry: count
// flags: -D__x86_64__ -I/usr/include/bpf
// expect: same
// loads: yes
// text: #include <bpf/bpf_helpers.h>
// text: #include <bpf/bpf_endian.h>
// no-text: <bpf_helpers.h>
// no-text: bpf_endian.h"

#include <linux/bpf.h>
#include <bpf_helpers.h>
#include "bpf_endian.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 key = bpf_htonl(0);
	__u64 *n = bpf_map_lookup_elem(&seen, &key);

	if (n)
		*n += 1;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
