// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("xdp")
int member(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data > 60 ? XDP_TX : XDP_DROP;
}
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(void *));
} jumps SEC(".maps") = { .values = { [0] = (void *)&member } };
SEC("xdp")
int prog(struct xdp_md *c)
{
	bpf_tail_call(c, &jumps, 0);
	return XDP_PASS;
}
char _license[] SEC("license") = "GPL";
