/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs for XDP and, with -DTC, their faithful twins for TC. -DBREAK_... makes one mistake in a twin that the comparison
 * has to notice.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#ifdef TC
#define CTX struct __sk_buff
#define HOOK SEC("tc")
#define PASS TC_ACT_OK
#define DROP TC_ACT_SHOT
#else
#define CTX struct xdp_md
#define HOOK SEC("xdp")
#define PASS XDP_PASS
#define DROP XDP_DROP
#endif

struct flow {
	__u32 saddr, daddr;
};

struct volume {
	__u64 packets;
	__u64 bytes;
	__u64 last_ns;
	__u64 address; /* of itself: another one in each run */
	void *packet;  /* of the last: an address too, but the same in two runs */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct flow);
	__type(value, struct volume);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} limits SEC(".maps");

/* Large enough to be read back through memory. Of element 170, only the last field lies behind the end of its first page. */
struct mark {
	__u64 unused[2];
	__u64 seen;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 100000);
	__type(key, __u32);
	__type(value, struct mark);
} marks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

__u64 total;
__u32 last_port = 77;

static __always_inline void count(__u32 slot)
{
	__u64 *v = bpf_map_lookup_elem(&stats, &slot);

	if (v)
		*v += 1;
}

static __always_inline void mark(__u32 slot, __u64 by)
{
	struct mark *m = bpf_map_lookup_elem(&marks, &slot);

	if (m)
		m->seen += by;
}

static __always_inline void account(struct iphdr *ip)
{
	struct flow key = { ip->saddr, ip->daddr };
	struct volume *v, fresh = { 0 };

	v = bpf_map_lookup_elem(&flows, &key);
	if (!v) {
		bpf_map_update_elem(&flows, &key, &fresh, BPF_ANY);
		v = bpf_map_lookup_elem(&flows, &key);
	}
	if (!v)
		return;
	v->packets += 1;
	v->bytes += bpf_ntohs(ip->tot_len);
	v->last_ns = bpf_ktime_get_ns();
	v->address = (__u64)(long)v;
#ifndef BREAK_POINTER
	v->packet = ip;
#endif
#ifdef BREAK_MAP
	v->packets += v->packets == 2;
#endif
}

/* Port 9 is dropped, 7 sent back, 8 redirected; of the others the TTL goes down. 'limits' may forbid small TTLs. */
HOOK int filter(CTX *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	__u32 zero = 0, *least = bpf_map_lookup_elem(&limits, &zero);

	total++;
#ifdef TC
	if (ctx->vlan_present) /* XDP sees the tag in the bytes, and no IPv4 */
		return PASS;
#endif
	if ((void *)(udp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->protocol != 17)
		return PASS;
	account(ip);
#ifdef BREAK_FAR
	mark(170, 2);
#else
	mark(170, 1);
#endif
#ifndef BREAK_LAST
	mark(99999, 1);
#endif
	last_port = bpf_ntohs(udp->dest);
	if (least && ip->ttl < *least)
		return DROP;
	switch (bpf_ntohs(udp->dest)) {
	case 9:
		count(0);
#ifdef BREAK_VERDICT
		return PASS;
#endif
		return DROP;
	case 7:
		count(1);
#ifndef TC
		return XDP_TX;
#elif defined(BREAK_NOWHERE)
		return TC_ACT_REDIRECT;
#else
		return bpf_redirect(ctx->ifindex, 0);
#endif
	case 8:
		count(2);
#ifdef BREAK_TARGET
		return bpf_redirect(2, 0);
#else
		return bpf_redirect(1, 0);
#endif
	}
#ifndef BREAK_PERCPU
	count(3);
#endif
	ip->ttl--;
#ifdef BREAK_BYTE
	if (udp->dest == bpf_htons(80))
		((__u8 *)udp)[5] ^= 1;
#endif
#ifdef BREAK_LENGTH
	bpf_skb_change_tail(ctx, ctx->len - 1, 0);
#endif
	return PASS;
}

/* Puts VLAN 5 before every frame: at TC the tag lies in metadata then. */
HOOK int tagger(CTX *ctx)
{
#ifdef TC
#ifdef BREAK_TAG
	bpf_skb_vlan_push(ctx, bpf_htons(ETH_P_8021Q), 6);
#else
	bpf_skb_vlan_push(ctx, bpf_htons(ETH_P_8021Q), 5);
#endif
#else
	unsigned char macs[12];
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 12 > end)
		return PASS;
	__builtin_memcpy(macs, data, 12);
	if (bpf_xdp_adjust_head(ctx, -4))
		return DROP;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + 16 > end)
		return DROP;
	__builtin_memcpy(data, macs, 12);
	*(__be16 *)(data + 12) = bpf_htons(ETH_P_8021Q);
	*(__be16 *)(data + 14) = bpf_htons(5);
#endif
	return PASS;
}

/* Drops tagged frames, told by the bytes alone: at TC that misses the tags that a device has taken out. */
HOOK int untagged_only(CTX *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > end)
		return PASS;
#if defined(TC) && !defined(BREAK_METADATA)
	if (ctx->vlan_present)
		return DROP;
#endif
	return eth->h_proto == bpf_htons(ETH_P_8021Q) ? DROP : PASS;
}

/* IPv4 becomes something else on its way up: at TC the stack has to be told. Popping a tag from the bytes does that. */
HOOK int renamer(CTX *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return PASS;
	eth->h_proto = bpf_htons(0x88b5);
#if defined(TC) && !defined(BREAK_PROTOCOL)
	if (bpf_skb_vlan_push(ctx, bpf_htons(ETH_P_8021Q), 1) || bpf_skb_vlan_push(ctx, bpf_htons(ETH_P_8021Q), 2) ||
	    bpf_skb_vlan_pop(ctx) || bpf_skb_vlan_pop(ctx))
		return DROP;
#endif
	return PASS;
}

/* As large as a jump can be far: there is no room for notes. */
HOOK int large(CTX *ctx)
{
	int verdict = PASS;

	if (ctx->data_end - ctx->data != 77)
		asm volatile(".rept 32764\n\t%0 = %0\n\t.endr" : "+r"(verdict));
	return verdict;
}

/* Keys by chance, the address of a map's value: nothing of 'flows' can be compared. */
HOOK int dice(CTX *ctx)
{
	__u32 zero = 0;
	__u64 key = (__u64)(long)bpf_map_lookup_elem(&limits, &zero);
	struct volume v = { 1, 1, 1, 1 };

	if (key)
		bpf_map_update_elem(&flows, &key, &v, BPF_ANY);
	return PASS;
}

__u64 window, allowed, sampled, most, jiffies, cpus;

/* Three packets a second, one of four of them noted, and the times. */
HOOK int limiter(CTX *ctx)
{
	__u64 now = bpf_ktime_get_ns(), length = 1000000000;
	__u32 chance = bpf_get_prandom_u32();

#ifdef BREAK_LENGTH
	length = 1200000000;
#endif
	jiffies = bpf_jiffies64();
	cpus |= 1ull << (bpf_get_smp_processor_id() & 63);
	if (chance % 4 == 0)
		sampled += bpf_ktime_get_boot_ns() - now;
	if (chance == 0xffffffff)
		most++;
	if (now - window > length) {
		window = now;
		allowed = 0;
	}
	return ++allowed > 3 ? DROP : PASS;
}

/* There is no room for what stands for the clock either. */
HOOK int large_limiter(CTX *ctx)
{
	int verdict = PASS;

	if (ctx->data_end - ctx->data != 77) {
		window = bpf_ktime_get_ns();
		asm volatile(".rept 32758\n\t%0 = %0\n\t.endr" : "+r"(verdict));
	}
	return verdict;
}

/* Only packets with certain numbers in certain places come far, and only with an entry in 'flows' to the end. */
HOOK int needle(CTX *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct flow key;
	struct volume *v;

	if (data + 60 > end)
		return PASS;
	if (*(__u32 *)(data + 30) != bpf_htonl(0xdecafbad))
		return PASS;
	if (*(__u16 *)(data + 40) != bpf_htons(0x1337)) /* the second number */
		return DROP;
	if (*(__u8 *)(data + 44) > 200) {
#ifdef BREAK_DEEP
		return DROP;
#else
		return PASS;
#endif
	}
	key.saddr = *(__u32 *)(data + 46);
	key.daddr = 7;
	v = bpf_map_lookup_elem(&flows, &key);
	if (v) /* only a filled map has it */
#ifdef BREAK_FILLED
		v->bytes += 2;
#else
		v->bytes += 1;
#endif
	return PASS;
}

char LICENSE[] SEC("license") = "GPL";
