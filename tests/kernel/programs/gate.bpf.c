// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A member for XDP chains: counts the test's frames and returns what the spec says for them. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define TEST_ETHERTYPE 0x88b5   /* IEEE 802, local experimental */
#ifndef SECTION
#define SECTION "xdp"
#endif

volatile const int verdict = XDP_PASS;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

SEC(SECTION)
int gate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	__u32 zero = 0;
	__u64 *count;

	if ((void *)(eth + 1) > end || eth->h_proto != bpf_htons(TEST_ETHERTYPE))
		return XDP_PASS;
	count = bpf_map_lookup_elem(&seen, &zero);
	if (count)
		__sync_fetch_and_add(count, 1);
	return verdict;
}

char LICENSE[] SEC("license") = "GPL";
