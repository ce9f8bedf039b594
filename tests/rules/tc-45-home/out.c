// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#define GROW(skb, n) bpf_xdp_adjust_head(skb, -(int)(n))

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

/* near miss: a name that begins alike */
static __always_inline int bg_xdp_adjust_tail_by(struct xdp_md *skb, int delta)
{
	return bpf_xdp_adjust_tail(skb, delta);
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	__u8 b[2] = { 0 };

	if (GROW(skb, 4) || bg_xdp_adjust_tail_by(skb, -4))
		return XDP_DROP;
	if (bpf_xdp_load_bytes(skb, 12, b, 2) || bpf_xdp_store_bytes(skb, 16, b, 2))
		return XDP_ABORTED;
	if (skb->ingress_ifindex == 1)
		return bpf_redirect(2, 0);
	return bpf_redirect_map(&devices, skb->ingress_ifindex, XDP_PASS);
}

char _license[] SEC("license") = "GPL";
