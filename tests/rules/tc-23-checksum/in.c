// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define FIX(skb, from, to) bpf_l3_csum_replace(skb, ETH_HLEN + 10, from, to, 2)

/* near miss: a helper that is the same at both hooks */
static __always_inline __u32 sum(__be32 *from, __be32 *to)
{
	return bpf_csum_diff(from, 4, to, 4, 0);
}

SEC("tc")
int prog(struct __sk_buff *skb)
{
	__be32 from = 1, to = 2;

	if (FIX(skb, 1, 2) || bpf_l4_csum_replace(skb, ETH_HLEN + 36, 0, sum(&from, &to), BPF_F_PSEUDO_HDR))
		return TC_ACT_SHOT;
	bpf_set_hash_invalid(skb);
	bpf_csum_update(skb, 0);
	return bpf_csum_level(skb, BPF_CSUM_LEVEL_RESET) ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
