// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

/* types of the same names as the variables below, which spatch cannot tell apart */
typedef enum {
	INBOUND,
	OUTBOUND = 7,
} direction;
typedef struct counters {
	unsigned long seen;
	direction direction;
} counters;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, counters);
} table SEC(".maps");

static __always_inline int count(struct xdp_md *ctx, counters *counters, direction direction)
{
	if (counters->direction != direction && direction == INBOUND)
		counters->direction = direction;
	counters->seen++;
	return direction == OUTBOUND ? XDP_DROP : XDP_PASS;
}

/* near miss: only a tag has the name here, or only the type */
static __always_inline unsigned long total(const struct counters *all)
{
	return all ? all->seen * sizeof(direction) : 0;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	__u32 zero = 0;
	counters *found = bpf_map_lookup_elem(&table, &zero);

	if ((void *)(eth + 1) > end || !found || total(found) > 1000)
		return XDP_PASS;
	return count(ctx, found, (direction)(eth->h_dest[0] & 7));
}

char _license[] SEC("license") = "GPL";
