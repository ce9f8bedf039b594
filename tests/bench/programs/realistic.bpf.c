// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a member of a chain typically does: parse to UDP, count in a map of its own, look at a port, pass. Without a
 * macro one program; HAND=N: N of them written as one program; DISPATCHER=N: N global functions called by a table, in the shape of
 * libxdp's dispatcher.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#ifndef PORT
#define PORT 7001
#endif

#define COUNTER(n)                                      \
	struct {                                        \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
		__uint(max_entries, 1);                 \
		__type(key, __u32);                     \
		__type(value, __u64);                   \
	} seen##n SEC(".maps")

static __always_inline int one(struct xdp_md *ctx, void *counter, __u16 port)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp;
	__u32 key = 0;
	__u64 *count;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	udp = (void *)ip + ip->ihl * 4;
	if ((void *)(udp + 1) > end)
		return XDP_PASS;
	count = bpf_map_lookup_elem(counter, &key);
	if (count)
		*count += 1;
	return udp->dest == bpf_htons(port) ? XDP_DROP : XDP_PASS;
}

#define UP_TO_10(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9)

#if defined(HAND)
#define MAP(n) COUNTER(n);
UP_TO_10(MAP)
#define STEP(n)                                                \
	if (n < HAND) {                                        \
		int verdict = one(ctx, &seen##n, PORT + 1 + n); \
		if (verdict != XDP_PASS)                       \
			return verdict;                        \
	}

SEC("xdp")
int program(struct xdp_md *ctx)
{
	UP_TO_10(STEP)
	return XDP_PASS;
}
#elif defined(DISPATCHER)
volatile const struct {
	__u8 enabled;
	__u32 actions[10];
} conf = { .enabled = DISPATCHER,
	   .actions = { 1 << XDP_PASS, 1 << XDP_PASS, 1 << XDP_PASS, 1 << XDP_PASS, 1 << XDP_PASS, 1 << XDP_PASS, 1 << XDP_PASS,
			1 << XDP_PASS, 1 << XDP_PASS, 1 << XDP_PASS } };

#define SLOT(n)                                        \
	COUNTER(n);                                    \
	__noinline int slot##n(struct xdp_md *ctx)     \
	{                                              \
		volatile int ret = 0;                  \
		if (!ctx)                              \
			return XDP_ABORTED;            \
		ret = one(ctx, &seen##n, PORT + 1 + n); \
		return ret;                            \
	}
UP_TO_10(SLOT)
#define CALL(n)                                             \
	if (n >= conf.enabled)                              \
		return XDP_PASS;                            \
	ret = slot##n(ctx);                                 \
	if (!((1U << ret) & conf.actions[n]))               \
		return ret;

SEC("xdp")
int program(struct xdp_md *ctx)
{
	__u8 ret;

	UP_TO_10(CALL)
	return XDP_PASS;
}
#else
COUNTER();
volatile const __u16 port = PORT;

SEC("xdp")
int program(struct xdp_md *ctx)
{
	return one(ctx, &seen, port);
}
#endif

char LICENSE[] SEC("license") = "GPL";
