// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#define DROP_IF(x) if (x) verdict = XDP_DROP

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 5);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

#define FURTHER -1

/* near miss: a helper function's returns are the program's own business, and so are negative numbers */
static __always_inline int parse(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;

	if (data + sizeof(struct ethhdr) > data_end)
		return XDP_DROP;
	return ((struct ethhdr *)data)->h_source[5] & 1 ? XDP_PASS : FURTHER;
}

static __always_inline enum xdp_action count(enum xdp_action verdict)
{
	__u32 key = verdict;
	__u64 *n = bpf_map_lookup_elem(&verdicts, &key);

	if (n)
		*n += 1;
	return verdict;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	int verdict = parse(ctx);

	if (verdict >= 0)
		return verdict;
	DROP_IF(ctx->ingress_ifindex == 5);
	switch (ctx->ingress_ifindex) {
	case 1:
		return XDP_PASS; /* up the stack */
	case 2:
		return XDP_TX;
	case 3:
		return XDP_ABORTED;
	case 4:
		return verdict == XDP_DROP ? XDP_DROP : XDP_PASS;
	case 6:
		return 2;
	case 8:
		return verdict = XDP_TX, count(verdict);
	case 7:
		return 99;
	}
	if (verdict != XDP_DROP)
		verdict = XDP_TX;
	return count(verdict);
}

char _license[] SEC("license") = "GPL";
