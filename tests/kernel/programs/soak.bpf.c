// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A member of a chain that is replaced under load. The first member that meets a frame writes its generation into it, the others compare: a frame that
 * met members of two generations is counted.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define TEST_ETHERTYPE 0x88b5   /* IEEE 802, local experimental */

volatile const int verdict = 0;
volatile const __u32 generation = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} soak_seen SEC(".maps"), soak_mixed SEC(".maps");

struct frame {
	struct ethhdr eth;
	__u32 generation;
} __attribute__((packed));

static __always_inline void count(void *map)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(map, &zero);

	if (n)
		__sync_fetch_and_add(n, 1);
}

/* Whether it is a frame of the test's. */
static __always_inline int meet(struct frame *f, void *end)
{
	if ((void *)(f + 1) > end || f->eth.h_proto != bpf_htons(TEST_ETHERTYPE))
		return 0;
	count(&soak_seen);
	if (!f->generation)
		f->generation = generation;
	else if (f->generation != generation)
		count(&soak_mixed);
	return 1;
}

SEC("tc")
int soak_tc(struct __sk_buff *skb)
{
	return meet((void *)(long)skb->data, (void *)(long)skb->data_end) ? verdict : -1;
}

SEC("xdp")
int soak_xdp(struct xdp_md *ctx)
{
	return meet((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? verdict : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
