// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"

struct bpf_map_def {
	unsigned int type, key_size, value_size, max_entries, map_flags;
};

/* counted by the verdict's number */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 5);
} verdicts SEC(".maps");

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 verdict = data + 60 > end ? XDP_DROP : XDP_PASS;
	__u64 *n = bpf_map_lookup_elem(&verdicts, &verdict);

	if (n)
		*n += 1;
	return bg_xdp_verdict(ctx, verdict);
}

char _license[] SEC("license") = "GPL";
