// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A small firewall at XDP: drops IPv4 packets of senders in 'blocked' (a longest-prefix table), and UDP above a rate that the sender
 * may not exceed. It knows nothing of what stands behind it.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct prefix {
	__u32 bits;
	__be32 address;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u32);
} blocked SEC(".maps");

struct seen {
	__u64 since;    /* ns, when the second began */
	__u64 packets;  /* in it */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __be32);
	__type(value, struct seen);
} senders SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} firewall_dropped SEC(".maps");

/* 'bpfgraft config set firewall.udp_per_second 5000' while packets pass. */
volatile __u64 udp_per_second = 100000;

static __always_inline int drop(void)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&firewall_dropped, &zero);

	if (n)
		++*n;
	return XDP_DROP;
}

/* Counts within seconds; two CPUs may both begin one, which lets a few packets more pass. */
static __always_inline int is_too_fast(__be32 sender)
{
	struct seen fresh = { .since = bpf_ktime_get_ns(), .packets = 1 };
	struct seen *s = bpf_map_lookup_elem(&senders, &sender);

	if (!s || fresh.since - s->since > 1000000000) {
		bpf_map_update_elem(&senders, &sender, &fresh, BPF_ANY);
		return udp_per_second == 0;
	}
	return __sync_fetch_and_add(&s->packets, 1) >= udp_per_second;
}

SEC("xdp")
int firewall(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct prefix sender = { .bits = 32 };

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	sender.address = ip->saddr;
	if (bpf_map_lookup_elem(&blocked, &sender))
		return drop();
	if (ip->protocol == IPPROTO_UDP && is_too_fast(ip->saddr))
		return drop();
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
