// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Forty maps: two such programs have more than one program may use (MAX_USED_MAPS, 64). */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define MAP(n)                                    \
	struct {                                  \
		__uint(type, BPF_MAP_TYPE_ARRAY); \
		__uint(max_entries, 1);           \
		__type(key, __u32);               \
		__type(value, __u64);             \
	} m##n SEC(".maps");
#define USE(n) p = bpf_map_lookup_elem(&m##n, &zero); if (p) sum += *p;
#define TEN(X, t) X(t##0) X(t##1) X(t##2) X(t##3) X(t##4) X(t##5) X(t##6) X(t##7) X(t##8) X(t##9)

TEN(MAP, 1) TEN(MAP, 2) TEN(MAP, 3) TEN(MAP, 4)

SEC("tc")
int many(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u64 sum = 0, *p;

	TEN(USE, 1) TEN(USE, 2) TEN(USE, 3) TEN(USE, 4)
	return sum == 42 ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "GPL";
