// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/types.h>

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
struct bpf_map_def SEC("maps") by_sizeof = {
	.type        = BPF_MAP_TYPE_LRU_HASH, /* why not HASH */
	.key_size    = sizeof(struct flow),
	.value_size  = sizeof(struct counters),
	/* as many as there are */
	.max_entries = FLOWS,
	.map_flags   = 0,
};

// its uses do
struct bpf_map_def SEC("maps") by_use = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = KEY_SIZE,
	.value_size = 16,
	.max_entries = FLOWS * 2 /* # of them */,
	.map_flags = BPF_F_NO_PREALLOC
	, // odd, but C
};

/* its uses disagree about the value, and nothing but a number says the key */
struct bpf_map_def SEC("maps") by_size = { BPF_MAP_TYPE_HASH, 6, 8, 10 };

static struct bpf_map_def SEC("maps") with_variable = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u64),
	.max_entries = slots,
	.numa_node = 0
};

struct bpf_map_def jumps SEC("maps") = JUMPS();

struct bpf_map_def SEC("maps") ports = {
	.type = BPF_MAP_TYPE_DEVMAP,
	.key_size = sizeof(int),
	.value_size = sizeof(int),
	.max_entries = 8,
};

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
