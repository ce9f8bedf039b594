// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Upstream's own definition of a macro that a kept header before it defines, too: where both are the same, the header's does. Not where they differ, and
// not before the header, behind an '#undef', or where that header goes.
// entry: judge
// expect: same
// minimal: proven
// no-text: ^#define ETH_ALEN
// text: ^#define ETH_HLEN 15$
// text: ^#define IPPROTO_MINE 7$
// drop: <linux/ip.h>
// text: ^#define IPVERSION 4$
// stays: declaration LICENSE
// stays: undef ETH_HLEN: clang warns then: 'ETH_HLEN' macro redefined

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_helpers.h>

#define ETH_ALEN  6 /* another blank, and a comment */
#undef ETH_HLEN
#define ETH_HLEN 15
#define IPVERSION 4
#define IPPROTO_MINE 7

SEC("xdp")
int judge(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;

	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	return eth->h_source[ETH_ALEN - 1] == ETH_HLEN + IPPROTO_MINE + IPVERSION ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
