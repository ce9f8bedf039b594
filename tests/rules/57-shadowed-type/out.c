// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"

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

static __always_inline int count(struct __sk_buff *ctx, counters *counters, direction direction)
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

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	__u32 zero = 0;
	counters *found = bpf_map_lookup_elem(&table, &zero);

	if ((void *)(eth + 1) > end || !found || total(found) > 1000)
		return bg_xdp_pass(ctx);
	return bg_xdp_verdict(ctx, count(ctx, found, (direction)(eth->h_dest[0] & 7)));
}

char _license[] SEC("license") = "GPL";
