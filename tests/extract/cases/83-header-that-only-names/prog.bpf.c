// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// bpf_helpers.h names 'struct tcphdr', which it declares itself; the header that defines it is not needed by that, before or behind it.
// entry: judge
// expect: same
// minimal: proven
// drop: <linux/tcp.h> <linux/ipv6.h>
// stays: declaration LICENSE

#include <linux/bpf.h>
#include <linux/tcp.h>
#include <bpf/bpf_helpers.h>
#include <linux/ipv6.h>

SEC("xdp")
int judge(struct xdp_md *ctx)
{
	bpf_get_prandom_u32();
	return XDP_PASS;
}

SEC("xdp")
int other(struct xdp_md *ctx)
{
	struct tcphdr *tcp = (void *)(long)ctx->data;
	struct ipv6hdr *ip = (void *)(long)ctx->data;

	if ((void *)(tcp + 1) > (void *)(long)ctx->data_end || (void *)(ip + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	return tcp->syn && ip->version == 6 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
