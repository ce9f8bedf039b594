// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Cuts the packet's front and lets it grow again, in itself and in programs that it calls: what was cut off is there again, and the room to
 * grow into is one, however it is used.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __s64);
	__type(value, __u64);
} said SEC(".maps");

SEC("xdp") int back(struct xdp_md *ctx);
SEC("xdp") int fresh(struct xdp_md *ctx);
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__array(values, int (struct xdp_md *));
} next SEC(".maps") = { .values = { [0] = (void *)&back, [1] = (void *)&fresh } };

static __always_inline void count(__s64 what)
{
	__u64 *n = bpf_map_lookup_elem(&said, &what), one = 1;

	if (n)
		*n += 1;
	else
		bpf_map_update_elem(&said, &what, &one, BPF_ANY);
}

/* 20 bytes more, which are the caller's. */
SEC("xdp")
int back(struct xdp_md *ctx)
{
	count(6000 + bpf_xdp_adjust_head(ctx, -20));
	return XDP_PASS;
}

/* Reached only when nothing was cut: the room is what it was. */
SEC("xdp")
int fresh(struct xdp_md *ctx)
{
	count(7000 + bpf_xdp_adjust_head(ctx, -216));
	count(8000 + bpf_xdp_adjust_head(ctx, -1));
	return XDP_PASS;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	__u8 protocol;
	int by;

	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	by = ip->tot_len & 127;
	protocol = ip->protocol;
	if (protocol == 17) { /* no member there: goes on as if nothing had been */
		bpf_tail_call(ctx, &next, 2);
		count(9000 + bpf_xdp_adjust_head(ctx, 20));
		bpf_tail_call(ctx, &next, 0);
	}
	if (protocol == 1)
		bpf_tail_call_static(ctx, &next, 1);
	count(1000 + bpf_xdp_adjust_head(ctx, by));
	count(2000 + bpf_xdp_adjust_head(ctx, -(by / 2)));
	count(3000 + bpf_xdp_adjust_head(ctx, -100));
	count(4000 + bpf_xdp_adjust_head(ctx, -110));
	count(5000 + bpf_xdp_adjust_head(ctx, 150));
	return by & 1 ? XDP_TX : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
