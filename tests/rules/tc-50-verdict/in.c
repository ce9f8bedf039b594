// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define SHOOT_IF(x) if (x) verdict = TC_ACT_SHOT

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

#define FURTHER 1000

/* near miss: a helper function's returns are the program's own business */
static __always_inline int parse(struct __sk_buff *skb)
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

SEC("tc")
int prog(struct __sk_buff *skb)
{
	int verdict = parse(skb);

	if (verdict != FURTHER)
		return verdict;
	SHOOT_IF(skb->ifindex == 5);
	switch (skb->ifindex) {
	case 1:
		return TC_ACT_OK; /* up the stack */
	case 2:
		return TC_ACT_UNSPEC;
	case 20:
		return verdict = TC_ACT_SHOT, count(verdict);
	case 3:
		return TC_ACT_STOLEN;
	case 4:
		return verdict == TC_ACT_SHOT ? TC_ACT_SHOT : TC_ACT_OK;
	case 6:
		return 0;
	case 7:
		return 99;
	case 8:
		return -1;
	case 9:
		return TC_ACT_TRAP;
	}
	if (verdict != TC_ACT_SHOT)
		verdict = TC_ACT_PIPE;
	return count(verdict);
}

char _license[] SEC("license") = "GPL";
