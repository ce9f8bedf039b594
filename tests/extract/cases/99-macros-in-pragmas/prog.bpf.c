// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Macros that only pragmas expand, in functions and around structs; a message of the build is none of the unit's.
// entry: sum
// expect: same
// loads: yes
// keep: odd
// text: #define TURNS
// text: #define COUNT
// text: #define PACKED_TO
// no-text: pragma message
// no-text: #define SAID
// no-text: #define OTHER_TURNS

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TURNS 4
#define OTHER_TURNS 2
#define COUNT 8
#define SAID 9
#define PACKED_TO 2
#define STR_(x) #x
#define STR(x) STR_(x)

#pragma message "made for " STR(SAID)

#pragma pack(push, PACKED_TO)
struct odd {
	char kind;
	long count;
};
#pragma pack(pop)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct odd);
} odds SEC(".maps");

SEC("xdp")
int sum(struct xdp_md *ctx)
{
	unsigned char *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 key = 0;
	struct odd *o = bpf_map_lookup_elem(&odds, &key);
	int all = 0;

	if (p + 16 > end || !o)
		return XDP_PASS;
#pragma unroll TURNS
	for (int i = 0; i < 16; i++)
		all += p[i];
#pragma clang loop unroll_count(COUNT)
	for (int i = 0; i < 16; i++)
		all ^= p[i] << i;
	return all + o->count > 100 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int other(struct xdp_md *ctx)
{
	unsigned char *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	int all = 0;

	if (p + 16 > end)
		return XDP_PASS;
#pragma unroll OTHER_TURNS
	for (int i = 0; i < 16; i++)
		all += p[i];
	return all > 100 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
