// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// clang numbers the strings of a file in the names of its read-only symbols: they are compared by content.
// entry: speak
// expect: same
// loads: yes
// drop: hush quiet_text

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static const char quiet_text[] = "quiet on queue %u";

SEC("xdp")
int hush(struct xdp_md *ctx)
{
	bpf_trace_printk(quiet_text, sizeof(quiet_text), ctx->rx_queue_index);
	bpf_printk("hush %u", ctx->ingress_ifindex);
	return XDP_DROP;
}

SEC("xdp")
int speak(struct xdp_md *ctx)
{
	static const char greeting[] = "a frame came";

	bpf_trace_printk(greeting, sizeof(greeting));
	bpf_printk("it came on queue %u", ctx->rx_queue_index);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
