// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A PROG_ARRAY filled in its definition: the programs in its slots are part of the unit, with what they need, and
// are loaded with it, for libbpf fills the slots.
// entry: dispatch
// expect: same
// loads: yes
// keep: stages second step_note
// drop: aside

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int second(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} stages SEC(".maps") = {
	.values = { [2] = (void *)&second },
};

static int step_note;

SEC("xdp")
int dispatch(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &stages, 2);
	return XDP_ABORTED;
}

SEC("xdp")
int second(struct xdp_md *ctx)
{
	step_note += ctx->rx_queue_index;
	return XDP_PASS;
}

SEC("xdp")
int aside(struct xdp_md *ctx)
{
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
