// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A header that another kept header brings along can go, and goes only when that is asked for; the licence and the version stay.
// entry: count
// expect: same
// minimal: pruned
// pruned: <linux/types.h>
// stays: declaration LICENSE: its section is read
// stays: declaration VERSION: its section is read
// text: ^#include <linux/bpf.h>$
// no-text: linux/types.h

#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __u64 seen;

SEC("xdp")
int count(struct xdp_md *ctx)
{
	seen++;
	return XDP_PASS;
}

int VERSION SEC("version") = 1;
char LICENSE[] SEC("license") = "GPL";
