// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A call through an alias: clang 19's BPF back end crashes on it, whoever asks; that is upstream's trouble and said so.
// entry: through
// expect: upstream-does-not-compile
// keep: spare genuine
// error: frontend command failed

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__noinline int genuine(struct xdp_md *ctx)
{
	return ctx->rx_queue_index ? XDP_DROP : XDP_PASS;
}

int spare(struct xdp_md *ctx) __attribute__((alias("genuine")));

SEC("xdp")
int through(struct xdp_md *ctx)
{
	return spare(ctx);
}

char LICENSE[] SEC("license") = "GPL";
