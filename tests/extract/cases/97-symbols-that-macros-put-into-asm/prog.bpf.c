// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A map and functions that only strings of inline assembly name, which macros make or hold.
// entry: by_macros
// expect: same
// loads: yes
// keep: jumps pins counted helped
// no-text: } other SEC

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, __u32);
} jumps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, __u32);
} pins SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} other SEC(".maps");

#define STR_(x) #x
#define STR(x) STR_(x)
#define JUMP(ctx, map, slot)                                                    \
	asm volatile("r1 = %[c]\n\tr2 = " STR(map) " ll\n\tr3 = %[s]\n\tcall 12" \
		     :: [c]"r"(ctx), [s]"i"(slot) : "r0", "r1", "r2", "r3", "r4", "r5")
#define JUMP_TO(ctx, slot) JUMP(ctx, jumps, slot)
#define ADDRESS(to, map) __asm__("%0 = " #map " ll" : "=r"(to))
#define CALL_HELPED asm volatile("call helped" ::: "r0", "r1", "r2", "r3", "r4", "r5")
#define NAMED(x) #x

static __attribute__((used)) __noinline int counted(void)
{
	return 1;
}

static __attribute__((used)) __noinline int helped(void)
{
	return 2;
}

SEC("xdp")
int by_macros(struct xdp_md *ctx)
{
	__u32 one = 1, *v;
	const char *name = NAMED(other);        /* no assembly */
	void *map;

	CALL_HELPED;
	asm volatile("call " NAMED(counted) ::: "r0", "r1", "r2", "r3", "r4", "r5");
	ADDRESS(map, pins);
	v = bpf_map_lookup_elem(map, &one);
	if (v && *v == 7)
		JUMP_TO(ctx, 2);
	return v && *v == (__u32)name[0] ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
