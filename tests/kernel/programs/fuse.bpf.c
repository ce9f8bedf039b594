// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs to be joined, each with what joining could get wrong: subprograms, a callback, a global function, a deep
 * stack, several exits, a moved packet. Each counts its packets, and its verdict is what one byte of the packet says.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define COUNTER(name)                                        \
	struct {                                             \
		__uint(type, BPF_MAP_TYPE_ARRAY);            \
		__uint(max_entries, 1);                      \
		__type(key, __u32);                          \
		__type(value, __u64);                        \
	} name SEC(".maps");                                 \
	static __always_inline void count_##name(void)       \
	{                                                    \
		__u32 key = 0;                               \
		__u64 *n = bpf_map_lookup_elem(&name, &key); \
		if (n)                                       \
			__sync_fetch_and_add(n, 1);          \
	}

COUNTER(n_plain) COUNTER(n_sub) COUNTER(n_loop) COUNTER(n_global) COUNTER(n_stack) COUNTER(n_head) COUNTER(n_exits)

const volatile __u32 modulus = 5;
__u64 sum;

static __always_inline int verdict_at(struct xdp_md *ctx, unsigned at)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + at + 1 > end)
		return XDP_ABORTED;
	return data[at] % modulus;
}

SEC("xdp")
int plain(struct xdp_md *ctx)
{
	count_n_plain();
	return verdict_at(ctx, 20);
}

static __noinline int twice(struct xdp_md *ctx, int x)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 31 > end)
		return -1;
	data[30] += x;
	return 2 * x + data[30];
}

static __noinline int thrice(struct xdp_md *ctx, int x)
{
	return twice(ctx, x) + x;
}

SEC("xdp")
int sub(struct xdp_md *ctx)
{
	int v = verdict_at(ctx, 21);

	count_n_sub();
	sum += thrice(ctx, v) + twice(ctx, 1);
	return v;
}

static long add(__u32 i, void *arg)
{
	*(__u64 *)arg += i;
	return 0;
}

SEC("xdp")
int loop(struct xdp_md *ctx)
{
	__u64 total = 0;

	count_n_loop();
	bpf_loop(10, add, &total, 0);
	return total == 45 ? verdict_at(ctx, 22) : XDP_ABORTED;
}

__noinline int global(struct xdp_md *ctx, unsigned at)
{
	return verdict_at(ctx, at & 31);
}

SEC("xdp")
int with_global(struct xdp_md *ctx)
{
	count_n_global();
	return global(ctx, 23);
}

SEC("xdp")
int stack(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end, room[320];

	count_n_stack();
	if (data + 32 > end)
		return XDP_DROP;
	__builtin_memset(room, 0, sizeof(room));
	room[data[24]] = 1; /* an offset that the verifier knows as a range */

	return room[data[25]] ? XDP_TX : verdict_at(ctx, 24);
}

SEC("xdp")
int head(struct xdp_md *ctx)
{
	int v = verdict_at(ctx, 25);

	count_n_head();
	if (v == XDP_PASS && bpf_xdp_adjust_head(ctx, -4))
		return XDP_ABORTED;
	return v;
}

SEC("xdp")
int exits(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	count_n_exits();
	if (data + 32 > end)
		return XDP_DROP;
	if (data[26] < 50)
		return XDP_PASS;
	if (data[26] < 100) {
		data[27] ^= 0xff;
		return XDP_TX;
	}
	for (int i = 0; i < 8; i++)
		if (data[i] == data[26])
			return XDP_REDIRECT;
	return data[26];
}

char _license[] SEC("license") = "GPL";
