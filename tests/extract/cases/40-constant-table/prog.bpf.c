// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A read-only table by designators, sized by an enumerator; its content is compared.
// entry: looked_up
// expect: same
// loads: yes
// keep: table entry TABLE_SIZE DNS_ROW
// drop: other_table

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct entry { __u16 port; __u16 rate; };
enum { WEB_ROW, DNS_ROW, NTP_ROW, TABLE_SIZE };

static const struct entry other_table[TABLE_SIZE] = { { 1, 1 }, { 2, 2 }, { 3, 3 } };
static const struct entry table[TABLE_SIZE] = {
	[DNS_ROW] = { 53, 900 },
	[WEB_ROW] = { .port = 80, .rate = 5000 },
	[NTP_ROW] = { .rate = 10 },
};

SEC("xdp")
int looked_up(struct xdp_md *ctx)
{
	__u32 row = ctx->rx_queue_index;
	struct entry fallback = (struct entry){ .rate = 77 };

	return (row < TABLE_SIZE ? table[row].rate : fallback.rate) > ctx->ingress_ifindex ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int looked_up_other(struct xdp_md *ctx)
{
	__u32 row = ctx->rx_queue_index;

	return row < TABLE_SIZE && other_table[row].port > ctx->ingress_ifindex ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
