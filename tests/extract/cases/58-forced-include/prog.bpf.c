// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// -include brings a header that no #include names; the unit does without the flag.
// entry: forced
// flags: -include config/forced.h
// expect: same
// loads: yes
// keep: FORCED_LIMIT
// text: ^#define FORCED_LIMIT 44

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int forced(struct xdp_md *ctx)
{
	return ctx->rx_queue_index > FORCED_LIMIT ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
