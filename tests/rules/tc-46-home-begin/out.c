// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

static __always_inline int port(struct xdp_md *skb)
{
	void *data = (void *)(long)skb->data, *data_end = (void *)(long)skb->data_end;

	if (data + sizeof(struct ethhdr) > data_end || bpf_xdp_get_buff_len(skb) > 1500)
		return XDP_DROP;
	return ((struct ethhdr *)data)->h_source[5] & 1 ? XDP_PASS : XDP_TX;
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (skb->ingress_ifindex == 1) /* near miss: what follows is an answer, too */
		return XDP_DROP;
	if (skb->ingress_ifindex == 2)
		return XDP_PASS;
	if (skb->ingress_ifindex == 3)
		return XDP_TX;
	return port(skb);
}

char _license[] SEC("license") = "GPL";
