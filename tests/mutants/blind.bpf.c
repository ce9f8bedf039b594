// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Never looks at the packet: what it does depends on what it did before. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u32 seen;

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	seen++;
	switch (seen & 7) {
	case 1:
		return XDP_DROP;
	case 2:
		return XDP_ABORTED;
	case 3:
		return XDP_TX;
	case 4:
		return seen & 8 ? XDP_PASS : XDP_DROP;
	case 5:
		return bpf_redirect(9, 0);
	case 6:
		return 77;
	default:
		return XDP_PASS;
	}
}

char _license[] SEC("license") = "GPL";
