// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The variable that makes the program a part of struct_ops refers to it, not the other way round; but only the
// variable tells libbpf what it is, so it is kept, and the programs beside it.
// entry: half_window
// expect: same
// keep: bg_window same_window nothing_to_do tcp_congestion_ops
// drop: alone
// text: ^struct sock;

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct sock { int unused; } __attribute__((preserve_access_index));

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	char name[16];
};

SEC("struct_ops/half_window")
__u32 half_window(unsigned long long *args)
{
	return 2;
}

SEC("struct_ops/same_window")
__u32 same_window(unsigned long long *args)
{
	return 3;
}

SEC("struct_ops/nothing_to_do")
void nothing_to_do(unsigned long long *args)
{
}

SEC(".struct_ops")
struct tcp_congestion_ops bg_window = {
	.ssthresh = (void *)half_window,
	.undo_cwnd = (void *)same_window,
	.cong_avoid = (void *)nothing_to_do,
	.name = "bg_window",
};

SEC("xdp")
int alone(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
