// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A comment as long as a manual stands before a macro: it is left upstream, with a note of where.
// entry: brief
// expect: same
// loads: yes
// keep: CODES SHORT_NOTE
// text: a comment of 3[0-9] lines is left at prog.bpf.c:[0-9]+
// text: This short one comes along
// no-text: paragraph 20

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/*
 * paragraph 1 of a manual that nobody needs to read in order to compile a program
 * paragraph 2 of a manual that nobody needs to read in order to compile a program
 * paragraph 3 of a manual that nobody needs to read in order to compile a program
 * paragraph 4 of a manual that nobody needs to read in order to compile a program
 * paragraph 5 of a manual that nobody needs to read in order to compile a program
 * paragraph 6 of a manual that nobody needs to read in order to compile a program
 * paragraph 7 of a manual that nobody needs to read in order to compile a program
 * paragraph 8 of a manual that nobody needs to read in order to compile a program
 * paragraph 9 of a manual that nobody needs to read in order to compile a program
 * paragraph 10 of a manual that nobody needs to read in order to compile a program
 * paragraph 11 of a manual that nobody needs to read in order to compile a program
 * paragraph 12 of a manual that nobody needs to read in order to compile a program
 * paragraph 13 of a manual that nobody needs to read in order to compile a program
 * paragraph 14 of a manual that nobody needs to read in order to compile a program
 * paragraph 15 of a manual that nobody needs to read in order to compile a program
 * paragraph 16 of a manual that nobody needs to read in order to compile a program
 * paragraph 17 of a manual that nobody needs to read in order to compile a program
 * paragraph 18 of a manual that nobody needs to read in order to compile a program
 * paragraph 19 of a manual that nobody needs to read in order to compile a program
 * paragraph 20 of a manual that nobody needs to read in order to compile a program
 * paragraph 21 of a manual that nobody needs to read in order to compile a program
 * paragraph 22 of a manual that nobody needs to read in order to compile a program
 * paragraph 23 of a manual that nobody needs to read in order to compile a program
 * paragraph 24 of a manual that nobody needs to read in order to compile a program
 * paragraph 25 of a manual that nobody needs to read in order to compile a program
 * paragraph 26 of a manual that nobody needs to read in order to compile a program
 * paragraph 27 of a manual that nobody needs to read in order to compile a program
 * paragraph 28 of a manual that nobody needs to read in order to compile a program
 * paragraph 29 of a manual that nobody needs to read in order to compile a program
 * paragraph 30 of a manual that nobody needs to read in order to compile a program
 * paragraph 31 of a manual that nobody needs to read in order to compile a program
 * paragraph 32 of a manual that nobody needs to read in order to compile a program
 * paragraph 33 of a manual that nobody needs to read in order to compile a program
 * paragraph 34 of a manual that nobody needs to read in order to compile a program
 */
#define CODES(x) ((x) * 4)

/* This short one comes along. */
#define SHORT_NOTE 12

SEC("xdp")
int brief(struct xdp_md *ctx)
{
	return CODES(ctx->rx_queue_index) > SHORT_NOTE ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
