// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "bpfgraft/tc_on_xdp.h"

#define SHOOT_IF(x) if (x) verdict = TC_ACT_SHOT

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

#define FURTHER 1000

/* near miss: a helper function's returns are the program's own business */
static __always_inline int parse(struct xdp_md *skb)
{
	void *data = (void *)(long)skb->data, *data_end = (void *)(long)skb->data_end;

	if (data + sizeof(struct ethhdr) > data_end)
		return TC_ACT_SHOT;
	return ((struct ethhdr *)data)->h_source[5] & 1 ? TC_ACT_OK : FURTHER;
}

static __always_inline int count(int verdict)
{
	__u32 key = verdict;
	__u64 *n = bpf_map_lookup_elem(&verdicts, &key);

	if (n)
		*n += 1;
	return verdict;
}

SEC("xdp")
int prog(struct xdp_md *skb)
{
	if (bg_tc_begin(skb))
		return XDP_DROP;
	int verdict = parse(skb);

	if (verdict != FURTHER)
		return bg_tc_verdict(skb, verdict);
	SHOOT_IF(skb->ingress_ifindex == 5);
	switch (skb->ingress_ifindex) {
	case 1:
		return bg_tc_pass(skb); /* up the stack */
	case 2:
		return bg_tc_pass(skb);
	case 20:
		return bg_tc_verdict(skb, (verdict = TC_ACT_SHOT, count(verdict)));
	case 3:
		return XDP_DROP;
	case 4:
		return bg_tc_verdict(skb, verdict == TC_ACT_SHOT ? TC_ACT_SHOT : TC_ACT_OK);
	case 6:
		return bg_tc_pass(skb);
	case 7:
		return bg_tc_verdict(skb, 99);
	case 8:
		return bg_tc_pass(skb);
	case 9:
		return XDP_DROP;
	}
	if (verdict != TC_ACT_SHOT)
		verdict = TC_ACT_PIPE;
	return bg_tc_verdict(skb, count(verdict));
}

char _license[] SEC("license") = "GPL";
