// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A program that says it may not be joined with GPL ones. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#ifdef XDP
SEC("xdp")
int alone(struct xdp_md *ctx)
{
	return XDP_PASS;
}
#else
SEC("tc")
int alone(struct __sk_buff *skb)
{
	return TC_ACT_UNSPEC;
}
#endif

char LICENSE[] SEC("license") = "Proprietary";
