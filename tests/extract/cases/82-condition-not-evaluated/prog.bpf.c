// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A condition within what is skipped is not evaluated, nor is an '#elif' behind a branch that is taken: their macros are not needed. One behind a branch that is
// not taken is.
// entry: judge
// expect: same
// minimal: proven
// keep: MODE LAST
// no-text: ^#define (QUEUES|LATER)
// stays: declaration LICENSE

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define MODE 1
#define QUEUES 32
#define LATER 7
#define LAST 3

SEC("xdp")
int judge(struct xdp_md *ctx)
{
#if MODE == 0
#if QUEUES > 8
	return XDP_TX;
#elif QUEUES
	return XDP_ABORTED;
#endif
#elif LAST == 3
	return XDP_DROP;
#elif LATER == 7
	return XDP_REDIRECT;
#endif
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
