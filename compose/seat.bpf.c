// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A dispatcher of one seat, of the shape of libxdp's, on which it is tried whether the kernel takes a program as an
 * extension (freplace); it never runs.
 */
#include <linux/bpf.h>

__attribute__((noinline)) int bpfgraft_seat(struct xdp_md *ctx)
{
	volatile int verdict = XDP_PASS;

	return ctx ? verdict : XDP_ABORTED;
}

__attribute__((section("xdp"), used)) int bpfgraft_seats(struct xdp_md *ctx)
{
	return bpfgraft_seat(ctx);
}

char LICENSE[] __attribute__((section("license"), used)) = "GPL";
