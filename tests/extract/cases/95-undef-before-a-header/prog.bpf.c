// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Upstream undefines a header's macro and defines it anew, but what the unit uses is a third definition, of a system header behind that. The '#undef'
// without the definition that follows it would leave nothing to the headers between.
// entry: judge
// expect: same
// no-text: ^#undef
// text: ^#include <linux/ip.h>$
// text: ^#include <sys/cdefs.h>$

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))

#include <linux/if_packet.h> /* not needed, but the first that uses the macro */
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <sys/cdefs.h>

static __always_inline int allowed(struct iphdr *ip)
{
	return ip->protocol != 17;
}

SEC("xdp")
int judge(struct xdp_md *ctx)
{
	struct iphdr *ip = (void *)(long)ctx->data + ETH_HLEN;

	if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	return allowed(ip) ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
