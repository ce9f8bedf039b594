// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A function whose callers have checked the packet's bounds, and which is reached from TC programs only: the harness
// checks them, too. The unit knows nothing of struct __sk_buff, so that the harness declares what it reads.
// entry: rewrite
// expect: same
// harness: tc-ingress bounds 64 numbers any
// harness-text: struct bg_harness_md \{
// harness-text: unsigned int before\[19\];
// harness-text: if \(packet \+ 64 > packet_end\)
// drop: mangle __sk_buff
// no-text: linux/(bpf|pkt_cls)

#include <linux/types.h>
#include <linux/if_ether.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

struct addresses {
	__u8 source[6], destination[6];
};

static inline __attribute__((always_inline)) void rewrite(void *data, const struct addresses *to, __u16 protocol)
{
	struct ethhdr *eth = data;

	__builtin_memcpy(eth->h_source, to->source, 6);
	__builtin_memcpy(eth->h_dest, to->destination, 6);
	eth->h_proto = protocol;
}

SEC("tc")
int mangle(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *data_end = (void *)(long)skb->data_end;
	const struct addresses to = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };

	if (data + sizeof(struct ethhdr) > data_end)
		return TC_ACT_SHOT;
	rewrite(data, &to, 8);
	return TC_ACT_OK;
}

char LICENSE[] __attribute__((section("license"), used)) = "GPL";
