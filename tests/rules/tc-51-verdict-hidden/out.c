// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

#define SHOOT_UNLESS(x) do { if (!(x)) return TC_ACT_SHOT; } while (0)

static __always_inline int check(struct xdp_md *skb)
{
	SHOOT_UNLESS(skb->ingress_ifindex != 5);
	return TC_ACT_OK;
}

static __attribute__((always_inline)) int prog_tc(struct xdp_md *skb)
{
	SHOOT_UNLESS(bg_tc_len(skb) > 60);
	return check(skb);
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	return bg_tc_verdict(skb, prog_tc(skb));
}

char _license[] SEC("license") = "GPL";
