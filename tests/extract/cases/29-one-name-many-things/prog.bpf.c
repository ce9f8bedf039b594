// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A tag, a member, a parameter, a local and a function share names: references go by what is meant, not by the name.
// entry: route
// expect: same
// loads: yes
// keep: metric
// no-text: enum \{ weight|queue\(void\)

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct metric { __u32 metric; };
enum { weight = 17 };

static __always_inline __u32 queue(void)
{
	return weight;
}

static __always_inline __u32 metric(struct metric *metric)
{
	return metric->metric;
}

SEC("xdp")
int route(struct xdp_md *ctx)
{
	struct metric m = { ctx->rx_queue_index };
	__u32 queue = 4, weight = metric(&m);

	return queue < weight ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
