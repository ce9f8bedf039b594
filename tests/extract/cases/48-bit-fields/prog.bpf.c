// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Widths of bit-fields by a macro, and an array without a size.
// entry: fields
// expect: same
// loads: yes
// keep: VERSION_BITS header
// drop: LENGTH_MAX

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define VERSION_BITS 3
#define LENGTH_MAX 31

struct header {
	__u8 version : VERSION_BITS, length : 8 - VERSION_BITS;
	__u8 options[];
};

SEC("xdp")
int fields(struct xdp_md *ctx)
{
	struct header *h = (void *)(long)ctx->data;

	if ((void *)&h->options[1] > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	return h->version == 4 && h->length > h->options[0] ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
