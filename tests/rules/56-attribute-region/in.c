// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define SEC(name) __attribute__((section(name), used))

/* from vmlinux.h:5 */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* from vmlinux.h:60 */
typedef unsigned int __u32;

/* from vmlinux.h:400 */
enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

/* from vmlinux.h:440 */
struct xdp_md {
	__u32 data;
	__u32 data_end;
};

/* near miss: a region inside ends before the first one does */
#pragma clang attribute inner.push(__attribute__((annotate("wire"))), apply_to = record)
/* from vmlinux.h:500 */
struct ethhdr {
	unsigned char h_dest[6];
	unsigned char h_source[6];
	unsigned short h_proto;
} __attribute__((packed));
#pragma clang attribute inner.pop

#pragma clang attribute pop

static int (*bpf_xdp_adjust_head)(void *ctx, int delta) = (void *)44;

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > end || eth->h_dest[0] & 1)
		return XDP_PASS;
	return bpf_xdp_adjust_head(ctx, 4) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
