// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What libxdp is given to load in place of a joined chain: it takes objects, and a joined chain has none. Its name, of
 * the 15 characters that the kernel keeps, is overwritten with the chain's, and its instructions are replaced by the
 * chain's when libbpf is about to load it (be_libxdp.c, image.c); it never runs.
 */
#include <linux/bpf.h>

__attribute__((section("bpfgraft.chain"), used)) int bpfgraft__chain(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char LICENSE[] __attribute__((section("license"), used)) = "GPL";
