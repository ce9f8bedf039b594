// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: legacy maps became BTF maps; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/types.h>

/* BTF maps, as <bpf/bpf_helpers.h> has them */
#ifndef __uint
#define __uint(name, val) int (*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]
#endif

/* as helper headers of old programs have it */
#define SEC(NAME) __attribute__((section(NAME), used))

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static int (*bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *)
	BPF_FUNC_map_update_elem;
static int (*bpf_map_delete_elem)(void *map, const void *key) = (void *)BPF_FUNC_map_delete_elem;
static int (*bpf_tail_call)(void *ctx, void *map, int index) = (void *)BPF_FUNC_tail_call;

struct bpf_map_def {
	unsigned int type;
	unsigned int key_size;
	unsigned int value_size;
	unsigned int max_entries;
	unsigned int map_flags;
	unsigned int numa_node;
};

struct flow {
	__u32 saddr, daddr;
};
struct counters {
	__u64 packets, bytes;
};

#define FLOWS 1024
#define KEY_SIZE sizeof(struct flow)
#define JUMPS() { .type = BPF_MAP_TYPE_PROG_ARRAY, .key_size = sizeof(int), .value_size = sizeof(int), .max_entries = 5 }
static const int slots = 3;

/* the definition says both types */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH); /* why not HASH */
	__type(key, struct flow);
	__type(value, struct counters);
	/* as many as there are */
	__uint(max_entries, FLOWS);
} by_sizeof SEC(".maps");

// its uses do
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct flow);
	__type(value, struct counters);
	__uint(max_entries, FLOWS * 2); /* # of them */
	__uint(map_flags, BPF_F_NO_PREALLOC);
	 // odd, but C
} by_use SEC(".maps");

/* its uses disagree about the value, and nothing but a number says the key */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u8[6]);
	__uint(value_size, 8);
	__uint(max_entries, 10);
} by_size SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 3);
} with_variable SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
	__uint(max_entries, 5);
} jumps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
	__uint(max_entries, 8);
} ports SEC(".maps");

/* near misses: another section, which spatch does not see but libclang does, and a local */
struct bpf_map_def SEC("maps.old") elsewhere = { .type = BPF_MAP_TYPE_HASH };

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	struct bpf_map_def by_use_too = { .type = BPF_MAP_TYPE_ARRAY };
	struct flow flow = { .saddr = 1 };
	struct counters zero = {}, *c;
	__u8 mac[6] = { 2 };
	__u64 *number;
	__u32 slot = 0;
	__s64 one = by_use_too.type;

	c = bpf_map_lookup_elem(&by_use, &flow);
	if (c)
		c->packets++;
	else
		bpf_map_update_elem(&by_use, (void *)&flow, &zero, BPF_ANY);
	bpf_map_delete_elem(&by_sizeof, &flow);
	bpf_map_update_elem(&by_size, mac, &one, BPF_ANY);
	number = bpf_map_lookup_elem(&by_size, mac);
	if (number)
		*number += 1;
	number = bpf_map_lookup_elem(&with_variable, &slot);
	if (number)
		*number += 1;
	bpf_tail_call(ctx, &jumps, 0);
	return ((int (*)(void *, __u64, __u64))BPF_FUNC_redirect_map)(&ports, 0, XDP_PASS);
}

char _license[] SEC("license") = "GPL";
