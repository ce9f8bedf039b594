// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Variables to be set from outside while the program runs: for each frame of the test's it adds 'limit' to 'sum'. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define TEST_ETHERTYPE 0x88b5   /* IEEE 802, local experimental */

volatile __u32 limit = 1;
volatile __u8 mac[6] = { 1 };
volatile const __u32 fixed = 9;
__u64 sum;

SEC("tc")
int knob(struct __sk_buff *skb)
{
	if (skb->protocol == bpf_htons(TEST_ETHERTYPE))
		sum += fixed == 9 && mac[0] ? limit : 100;
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "GPL";
