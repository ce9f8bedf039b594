// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Two structs that point at each other.
// entry: around
// expect: same
// loads: yes
// keep: city road
// drop: river

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct road;
struct river { struct road *along; };
struct city { struct road *way_out; __u32 size; };
struct road { struct city *ends_in; __u32 length; };

SEC("xdp")
int around(struct xdp_md *ctx)
{
	struct city c = { 0, ctx->rx_queue_index };
	struct road r = { &c, 40 };

	c.way_out = &r;
	return c.way_out->ends_in->size > r.ends_in->way_out->length ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
