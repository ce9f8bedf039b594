/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * XDP's packet model on struct __sk_buff, for programs ported from XDP to TC ingress.
 *
 * What an XDP program takes for granted, and an skb does not give by itself:
 *   - the packet is linear and its VLAN tags are in its bytes: bg_xdp_begin(), first in the program;
 *   - the front can move, whatever protocol the packet has: bg_xdp_adjust_head();
 *   - the stack parses the packet as it is when it is passed on: bg_xdp_pass(), bg_xdp_tx(), bg_xdp_verdict(), last.
 * In between the packet is in normal form: data at the MAC header, tags in the bytes, everything linear.
 *
 * Inside, the program keeps XDP's numbers for its verdicts; what leaves it is TC's. BG_XDP_PASS says what "pass" is:
 * TC_ACT_OK ends the chain of programs, TC_ACT_UNSPEC lets the next one run.
 *
 * The header needs nothing but struct __sk_buff: units bring their own copies of the kernel's headers, or vmlinux.h, or
 * parts of either, so every name here is its own. What a program does not call costs it no instruction.
 *
 * Needs Linux 5.3 (loops; bpf_skb_adjust_room with BPF_ADJ_ROOM_MAC is of 5.2); tested on 6.18. A device without MAC
 * header is not supported.
 */
#ifndef BPFGRAFT_XDP_ON_SKB_H
#define BPFGRAFT_XDP_ON_SKB_H

#ifndef BG_XDP_PASS
#define BG_XDP_PASS 0           /* TC_ACT_OK */
#endif
#ifndef BG_XDP_TX_FLAGS
#define BG_XDP_TX_FLAGS 0       /* out of the device; BPF_F_INGRESS (1) for programs at TC egress: back to the sender */
#endif
#define BG_TC_SHOT 2
#define BG_TC_REDIRECT 7

#define BG_XDP_ABORTED 0
#define BG_XDP_ACTION_PASS 2
#define BG_XDP_ACTION_TX 3
#define BG_XDP_ACTION_REDIRECT 4

#define BG_BROADCAST 8ULL       /* BPF_F_BROADCAST, BPF_F_EXCLUDE_INGRESS */
#define BG_EXCLUDE_INGRESS 16ULL

#define BG_ETH_HLEN 14
#define BG_XDP_HEADROOM 216     /* XDP_PACKET_HEADROOM (256) less struct xdp_frame (40): the most a packet can grow */
#ifndef BG_XDP_PAGE
#define BG_XDP_PAGE 4096 /* a frame's memory */
#endif
#define BG_XDP_FRAME	  (BG_XDP_PAGE - 256 - 320) /* less XDP_PACKET_HEADROOM and struct skb_shared_info: its largest */
#define BG_XDP_HEADERS	  64	  /* a power of 2: a packet is cut to less only where its transport header stands */
#define BG_DIRECT_STORE 64      /* bytes: what a store may grow to in the program's own code */
#define BG_ROOM_MAC 1           /* BPF_ADJ_ROOM_MAC */
#define BG_ROOM_FIXED_GSO 1     /* BPF_F_ADJ_ROOM_FIXED_GSO: without it UDP super-packets are refused */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BG_BE16(x) ((unsigned short)(((x) & 0xff) << 8 | (x) >> 8))
#else
#define BG_BE16(x) ((unsigned short)(x))
#endif
#define BG_BE_IPV4 BG_BE16(0x0800)
#define BG_BE_IPV6 BG_BE16(0x86dd)
#define BG_BE_VLAN BG_BE16(0x8100)

/*
 * The members of struct __sk_buff once more: vmlinux.h marks its own for relocation (preserve_access_index), and
 * clang then shares the relocated address between the program's accesses and those here, which the verifier refuses
 * ("dereference of modified ctx ptr"). The layout is user-space ABI.
 */
struct bg_skb {
	unsigned int len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority;
	unsigned int ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid, data, data_end;
	unsigned int socket[14], data_meta;     /* napi_id to local_port */
	unsigned long long flow_keys, tstamp;
	unsigned int wire_len, gso_segs;
	unsigned long long sk;
	unsigned int gso_size, tstamp_type;
	unsigned long long hwtstamp;
} __attribute__((may_alias));
#define BG_SKB(skb) ((const struct bg_skb *)(skb))

#define BG_INLINE static inline __attribute__((always_inline, unused))
/* Long and rarely run: one copy, called. Static functions are verified with their caller, so bounds are known. */
#define BG_CALLED static __attribute__((noinline, unused))

/* Helpers under names of our own: a unit may lack their declarations or have other ones. */
#define BG_HELPER static __attribute__((unused))
BG_HELPER void *(*const bg_map_lookup_elem)(void *map, const void *key) = (void *)1;
BG_HELPER long (*const bg_skb_store_bytes)(struct __sk_buff *skb, unsigned int off, const void *from, unsigned int len,
					   unsigned long long flags) = (void *)9;
BG_HELPER long (*const bg_tail_call)(void *skb, void *map, unsigned int index) = (void *)12;
BG_HELPER long (*const bg_clone_redirect)(struct __sk_buff *skb, unsigned int ifindex,
					  unsigned long long flags) = (void *)13;
BG_HELPER long (*const bg_skb_vlan_push)(struct __sk_buff *skb, unsigned short proto, unsigned short tci) = (void *)18;
BG_HELPER long (*const bg_skb_vlan_pop)(struct __sk_buff *skb) = (void *)19;
BG_HELPER long (*const bg_redirect)(unsigned int ifindex, unsigned long long flags) = (void *)23;
BG_HELPER long (*const bg_skb_load_bytes)(const void *skb, unsigned int off, void *to, unsigned int len) = (void *)26;
BG_HELPER long (*const bg_get_hash_recalc)(struct __sk_buff *skb) = (void *)34;
BG_HELPER long (*const bg_skb_change_tail)(struct __sk_buff *skb, unsigned int len,
					   unsigned long long flags) = (void *)38;
BG_HELPER long (*const bg_skb_pull_data)(struct __sk_buff *skb, unsigned int len) = (void *)39;
BG_HELPER long (*const bg_skb_adjust_room)(struct __sk_buff *skb, int delta, unsigned int mode,
					   unsigned long long flags) = (void *)50;
BG_HELPER long (*const bg_for_each_map_elem)(void *map, void *callback, void *arg,
					     unsigned long long flags) = (void *)164;

/*
 * Makes skb->protocol equal to the Ethernet type in the bytes, and moves an outer tag from the bytes to
 * skb->vlan_tci: what eth_type_trans() and skb_vlan_untag() do on receive. There is no setter for skb->protocol, but
 * popping a tag from the bytes derives it anew from what follows (skb_vlan_pop(), vlan_set_encap_proto()), so two
 * tags are pushed and popped: the first is held beside the packet and driven into the bytes by the second.
 */
BG_CALLED int bg_xdp_sync(struct __sk_buff *skb)
{
	if (!BG_SKB(skb)->vlan_present && bg_skb_vlan_push(skb, BG_BE_VLAN, 1))
		return -1;
	if (bg_skb_vlan_push(skb, BG_BE_VLAN, 2) || bg_skb_vlan_pop(skb))
		return -1;
	return bg_skb_vlan_pop(skb) ? -1 : 0;
}

/* Whether skb->protocol and the Ethernet type in the bytes agree already. */
BG_INLINE int bg_xdp_in_sync(struct __sk_buff *skb)
{
	void *data = (void *)(long)BG_SKB(skb)->data, *data_end = (void *)(long)BG_SKB(skb)->data_end;

	return data + BG_ETH_HLEN <= data_end && *(unsigned short *)(data + 12) == (unsigned short)BG_SKB(skb)->protocol;
}

/*
 * Puts the tag that is held beside the packet back into its bytes, in front of any that are there. A second, dummy tag
 * drives it in; then both are popped again, which would move the next inner tag out of the bytes, were it not hidden
 * behind an IPv4 type. Room for the tag is made last, where the network header stays 14 bytes behind the MAC header, so
 * that the room helper accepts it.
 */
BG_CALLED int bg_xdp_untag(struct __sk_buff *skb)
{
	unsigned short proto = BG_SKB(skb)->vlan_proto, tci = BG_BE16(BG_SKB(skb)->vlan_tci), type, ipv4 = BG_BE_IPV4;
	unsigned char head[16];

	if (bg_skb_load_bytes(skb, 0, head, 12) || bg_skb_load_bytes(skb, 12, &type, 2))
		return -1;
	if (bg_skb_vlan_push(skb, BG_BE_VLAN, 1))
		return -1;
	if (bg_skb_store_bytes(skb, 16, &ipv4, 2, 0) || bg_skb_vlan_pop(skb) || bg_skb_vlan_pop(skb))
		return -1;
	if (bg_skb_adjust_room(skb, 4, BG_ROOM_MAC, BG_ROOM_FIXED_GSO))
		return -1;
	__builtin_memcpy(head + 12, &proto, 2);
	__builtin_memcpy(head + 14, &tci, 2);
	return bg_skb_store_bytes(skb, 0, head, sizeof(head), 0) || bg_skb_store_bytes(skb, 16, &type, 2, 0) ? -1 : 0;
}

#if defined(BG_XDP_META) || defined(BG_XDP_FRONT)
/*
 * What the maps below hold is of one packet, and a program that it reaches by a tail call goes on with it: the caller
 * says so in cb[], which the skb takes along, and in the map, which only programs of the same unit have.
 */
#define BG_XDP_HANDED_1 0x62676874
#define BG_XDP_HANDED_2 0x6f766572

/* First in the program; once, because it takes the mark away. */
BG_INLINE int bg_xdp_is_handed(struct __sk_buff *skb)
{
	struct bg_skb *s = (struct bg_skb *)skb;

	if (s->cb[3] != BG_XDP_HANDED_1 || s->cb[4] != BG_XDP_HANDED_2)
		return 0;
	s->cb[3] = s->cb[4] = 0;
	return 1;
}
#endif

#ifdef BG_XDP_FRONT
/*
 * For programs that cut the packet's front and let it grow, and those that have metadata before it. At XDP all that is
 * one piece of memory: what was cut off is there again when the packet grows by it, and metadata take of the room to grow
 * into. Here a map of one entry for each CPU keeps it, of which the last 767 bytes that were cut off.
 */
#define BG_FRONT_START 256	/* where the packet began, in bytes[] */
#define BG_FRONT_MASK 1023
struct bg_front {
	unsigned int at, low;	/* where it begins now; and from where on bytes are known */
	unsigned int handed, pad;
	unsigned char bytes[2 * (BG_FRONT_MASK + 1)];
} __attribute__((may_alias));
struct {
	int (*type)[6]; /* BPF_MAP_TYPE_PERCPU_ARRAY */
	int (*max_entries)[1];
	unsigned int *key;
	struct bg_front *value;
} bg_xdp_front __attribute__((section(".maps")));
static struct bg_front bg_xdp_no_front; /* the map's only entry is always there, which the verifier does not know */

BG_INLINE struct bg_front *bg_xdp_front_of(void)
{
	unsigned int zero = 0;
	struct bg_front *f = bg_map_lookup_elem(&bg_xdp_front, &zero);

	return f ? f : &bg_xdp_no_front;
}

/* By how many bytes the packet can grow, metadata aside. */
BG_INLINE int bg_xdp_headroom(void)
{
	return (int)bg_xdp_front_of()->at - (BG_FRONT_START - BG_XDP_HEADROOM);
}

/* 'by' bytes of the front are about to be cut off. */
BG_INLINE void bg_xdp_front_cut(struct __sk_buff *skb, unsigned int by)
{
	struct bg_front *f = bg_xdp_front_of();
	unsigned int at = f->at & BG_FRONT_MASK;

	if (by > BG_FRONT_MASK - at) {
		f->at = f->low = BG_FRONT_MASK;
		return;
	}
	f->at = at + by;
	__asm__ volatile("" : "+r"(by));
	by = ((by - 1) & BG_FRONT_MASK) + 1; /* as it is, but seen by the verifier */
	bg_skb_load_bytes(skb, 0, f->bytes + at, by);
}

/* The packet has grown by 'by' bytes, which are zero; those that were once cut off come back. */
BG_INLINE long bg_xdp_front_back(struct __sk_buff *skb, unsigned int by)
{
	struct bg_front *f = bg_xdp_front_of();
	unsigned int was = f->at, at = was - by, from = at > f->low ? at : f->low, n = was - from;

	f->at = at;
	if (at < f->low)
		f->low = at;
	if (!n)
		return 0;
	__asm__ volatile("" : "+r"(n));
	n = ((n - 1) & BG_FRONT_MASK) + 1;
	return bg_skb_store_bytes(skb, from - at, f->bytes + (from & BG_FRONT_MASK), n, 0);
}
#else
BG_INLINE int bg_xdp_headroom(void)
{
	return BG_XDP_HEADROOM;
}
#endif

#ifdef BG_XDP_META
/*
 * For programs that move their metadata area (bpf_xdp_adjust_meta()). TC programs cannot; so the area is in a map of
 * one entry for each CPU while the program runs, and when the packet is passed it is left in the skb's cb[], from cb[0] on,
 * its length in bytes in cb[4], 0 = none. What does not fit there, more than 16 bytes, stays in the map. A program that
 * read data_meta after the XDP program, at the same device's TC ingress, reads so what the port has left:
 *
 *	if (skb->cb[4] == sizeof(*meta))
 *		meta = (void *)skb->cb;
 *
 * The kernel runs TC programs of one packet to the end before those of the next, on the same CPU.
 */
#define BG_META_MOST 252	/* bytes; older kernels say 32 */
#define BG_META_END  256	/* where the area ends in bytes[]: it grows to the front */
#define BG_META_MASK 508	/* a multiple of 4 that is no more than that, for the verifier */
#define BG_META_OLD  8		/* words at most that are taken over from an XDP program */
struct bg_meta {
	unsigned long long at;	/* where it begins */
	/* and room behind it: the program's own comparisons tell the verifier nothing */
	unsigned char bytes[BG_META_MASK + BG_META_MOST];
	unsigned int handed, pad;
} __attribute__((may_alias));
struct {
	int (*type)[6]; /* BPF_MAP_TYPE_PERCPU_ARRAY */
	int (*max_entries)[1];
	unsigned int *key;
	struct bg_meta *value;
} bg_xdp_meta __attribute__((section(".maps")));
static struct bg_meta bg_xdp_no_meta; /* the map's only entry is always there, which the verifier does not know */

BG_INLINE struct bg_meta *bg_xdp_meta_area(void)
{
	unsigned int zero = 0;
	struct bg_meta *m = bg_map_lookup_elem(&bg_xdp_meta, &zero);

	return m ? m : &bg_xdp_no_meta;
}

BG_INLINE unsigned char *bg_xdp_meta_start(struct bg_meta *m)
{
	return m->bytes + (m->at & BG_META_MASK);
}

/* ctx->data_meta */
BG_INLINE unsigned long bg_xdp_data_meta(struct __sk_buff *skb)
{
	(void)skb;
	return (unsigned long)bg_xdp_meta_start(bg_xdp_meta_area());
}

/* ctx->data, where it is compared with a place in the area */
BG_INLINE void *bg_xdp_meta_end(struct __sk_buff *skb)
{
	(void)skb;
	return bg_xdp_meta_area()->bytes + BG_META_END;
}

/* For macros that make a pointer of any member: M(BG_XDP_META_OF(ctx), data_meta) */
struct bg_meta_of {
	unsigned long data_meta;
};
#define BG_XDP_META_OF(skb) (&(const struct bg_meta_of){ bg_xdp_data_meta(skb) })

/* bpf_xdp_adjust_meta(): delta < 0 grows the area at its front, by zeros (XDP leaves what is there); > 0 cuts it. */
BG_INLINE int bg_xdp_adjust_meta(struct __sk_buff *skb, int delta)
{
	struct bg_meta *m = bg_xdp_meta_area();
	long long len = BG_META_END - (long long)m->at - delta;
	volatile unsigned int *to; /* clang would make a call of memset() of the loop */
	unsigned int i;

	(void)skb;
	if (len < 0 || len > bg_xdp_headroom())
		return -22;
	if (len % 4 || len > BG_META_MOST)
		return -13;
	m->at = (unsigned long long)(BG_META_END - len);
	to = (volatile unsigned int *)bg_xdp_meta_start(m);
	for (i = 0; i < BG_META_MOST / 4 && (int)i < -delta / 4; i++)
		to[i] = 0;
	return 0;
}

/* First in the program: the area is empty, or what an XDP program has left for the packet. */
BG_CALLED void bg_xdp_meta_begin(struct __sk_buff *skb)
{
	unsigned int *old = (void *)(long)BG_SKB(skb)->data_meta, *data = (void *)(long)BG_SKB(skb)->data, *to, i;
	struct bg_meta *m = bg_xdp_meta_area();
	unsigned long len = (unsigned long)((char *)data - (char *)old);

	m->at = BG_META_END - (len <= 4 * BG_META_OLD ? len : 0);
	to = (unsigned int *)bg_xdp_meta_start(m);
	for (i = 0; i < BG_META_OLD && old + i + 1 <= data; i++)
		to[i] = old[i];
}

/* Last, of a packet that is passed. */
BG_CALLED void bg_xdp_meta_pass(struct __sk_buff *skb)
{
	struct bg_meta *m = bg_xdp_meta_area();
	const unsigned int *from = (const unsigned int *)bg_xdp_meta_start(m);
	unsigned int len = BG_META_END - (unsigned int)m->at;
	struct bg_skb *to = (struct bg_skb *)skb;

	to->cb[0] = len > 0 ? from[0] : 0;
	to->cb[1] = len > 4 ? from[1] : 0;
	to->cb[2] = len > 8 ? from[2] : 0;
	to->cb[3] = len > 12 ? from[3] : 0;
	to->cb[4] = len;
}

BG_INLINE int bg_xdp_meta_length(void)
{
	return BG_META_END - (int)bg_xdp_meta_area()->at;
}
#else
BG_INLINE int bg_xdp_meta_length(void)
{
	return 0;
}
#endif

#if defined(BG_XDP_META) || defined(BG_XDP_FRONT)
/* Before the packet is changed. */
BG_INLINE void bg_xdp_keep_begin(struct __sk_buff *skb)
{
	int handed = bg_xdp_is_handed(skb);
#ifdef BG_XDP_FRONT
	struct bg_front *f = bg_xdp_front_of();

	if (!handed || !f->handed)
		f->at = f->low = BG_FRONT_START;
	f->handed = 0;
#endif
#ifdef BG_XDP_META
	struct bg_meta *m = bg_xdp_meta_area();

	if (!handed || !m->handed)
		bg_xdp_meta_begin(skb);
	m->handed = 0;
#endif
}

/* bpf_tail_call() to a program of the unit, which goes on where this one is. */
BG_INLINE long bg_xdp_tail_call(struct __sk_buff *skb, void *map, unsigned int index)
{
	struct bg_skb *s = (struct bg_skb *)skb;

#ifdef BG_XDP_FRONT
	bg_xdp_front_of()->handed = 1;
#endif
#ifdef BG_XDP_META
	bg_xdp_meta_area()->handed = 1;
#endif
	s->cb[3] = BG_XDP_HANDED_1;
	s->cb[4] = BG_XDP_HANDED_2;
	bg_tail_call(skb, map, index);
	s->cb[3] = s->cb[4] = 0;
	return -2; /* -ENOENT */
}
#endif

/*
 * First thing in the program: brings the packet into normal form. Packet pointers are to be read after it. Not 0 when
 * the kernel has no memory for that; such a packet is to be dropped.
 */
BG_INLINE int bg_xdp_begin(struct __sk_buff *skb)
{
#if defined(BG_XDP_META) || defined(BG_XDP_FRONT)
	bg_xdp_keep_begin(skb); /* before what takes the skb's own area away */
#endif
	if (BG_SKB(skb)->data_end - BG_SKB(skb)->data != BG_SKB(skb)->len && bg_skb_pull_data(skb, BG_SKB(skb)->len))
		return -1;
	return BG_SKB(skb)->vlan_present ? bg_xdp_untag(skb) : 0;
}

/* return XDP_PASS */
BG_INLINE int bg_xdp_pass(struct __sk_buff *skb)
{
#ifdef BG_XDP_META
	bg_xdp_meta_pass(skb);
#endif
	return bg_xdp_in_sync(skb) || !bg_xdp_sync(skb) ? BG_XDP_PASS : BG_TC_SHOT;
}

/* return XDP_TX: back to where it came from, out of that device */
BG_INLINE int bg_xdp_tx(struct __sk_buff *skb)
{
	return bg_xdp_in_sync(skb) || !bg_xdp_sync(skb) ? (int)bg_redirect(BG_SKB(skb)->ifindex, BG_XDP_TX_FLAGS) : BG_TC_SHOT;
}

/* Translates XDP's number where the program returns it; as at XDP, every number that means nothing drops the packet. */
BG_INLINE int bg_xdp_verdict(struct __sk_buff *skb, unsigned int action)
{
	switch (action) {
	case BG_XDP_ACTION_PASS:
		return bg_xdp_pass(skb);
	case BG_XDP_ACTION_TX:
		return bg_xdp_tx(skb);
	case BG_XDP_ACTION_REDIRECT:    /* where to was said to bpf_redirect() */
		return bg_xdp_in_sync(skb) || !bg_xdp_sync(skb) ? BG_TC_REDIRECT : BG_TC_SHOT;
	default:
		return BG_TC_SHOT;
	}
}

/* The same for programs that never look at the packet, and so have not begun with bg_xdp_begin(). */
BG_INLINE int bg_xdp_blind_verdict(struct __sk_buff *skb, unsigned int action)
{
	switch (action) {
	case BG_XDP_ACTION_PASS:
		return BG_XDP_PASS;
	case BG_XDP_ACTION_TX:
		return (int)bg_redirect(BG_SKB(skb)->ifindex, BG_XDP_TX_FLAGS);
	case BG_XDP_ACTION_REDIRECT:
		return BG_TC_REDIRECT;
	default:
		return BG_TC_SHOT;
	}
}

/* bpf_redirect() with XDP's numbers: XDP_REDIRECT, or XDP_ABORTED for any flag. */
BG_INLINE long bg_xdp_redirect(unsigned int ifindex, unsigned long long flags)
{
	if (flags)
		return BG_XDP_ABORTED;
	bg_redirect(ifindex, 0);
	return BG_XDP_ACTION_REDIRECT;
}

/*
 * bpf_redirect_map() on a DEVMAP or DEVMAP_HASH with XDP's numbers, to one device. TC programs may look devices up in
 * these maps, not redirect through them; the value starts with the ifindex in both of its forms. Without an entry the
 * low two bits of flags are the answer.
 */
BG_INLINE long bg_xdp_redirect_map(void *map, unsigned long long key, unsigned long long flags)
{
	unsigned int index = (unsigned int)key, *ifindex;

	if (flags & ~(3ULL | BG_EXCLUDE_INGRESS)) /* which means nothing without BPF_F_BROADCAST */
		return BG_XDP_ABORTED;
	ifindex = bg_map_lookup_elem(map, &index);
	if (!ifindex)
		return (long)(flags & 3);
	bg_redirect(*ifindex, 0);
	return BG_XDP_ACTION_REDIRECT;
}

struct bg_everywhere {
	struct __sk_buff *skb;
	unsigned int except;
};

BG_CALLED long bg_xdp_clone_to(void *map, const void *key, unsigned int *ifindex, struct bg_everywhere *e)
{
	(void)map;
	(void)key;
	if (*ifindex && *ifindex != e->except)
		bg_clone_redirect(e->skb, *ifindex, 0);
	return 0;
}

/*
 * bpf_redirect_map() with BPF_F_BROADCAST: a copy to each device of the map, as the packet is now. The map must be a
 * HASH: the kernel lets no TC program walk over a device map. What remains of the packet is dropped by the verdict
 * that is returned, a redirect to nowhere.
 */
BG_INLINE long bg_xdp_redirect_all(struct __sk_buff *skb, void *map, unsigned long long flags)
{
	struct bg_everywhere e = { skb, flags & BG_EXCLUDE_INGRESS ? BG_SKB(skb)->ifindex : 0 };

	if (flags & ~(3ULL | BG_BROADCAST | BG_EXCLUDE_INGRESS) || (!bg_xdp_in_sync(skb) && bg_xdp_sync(skb)))
		return BG_XDP_ABORTED;
	bg_for_each_map_elem(map, (void *)bg_xdp_clone_to, &e, 0);
	bg_redirect(0, 0);
	return BG_XDP_ACTION_REDIRECT;
}

/* Gives skb->protocol an IPv4 type for a while, the bytes staying as they are: the room helper refuses all but IP. */
BG_CALLED int bg_xdp_pose_as_ip(struct __sk_buff *skb)
{
	unsigned short type, ipv4 = BG_BE_IPV4;

	if (bg_skb_load_bytes(skb, 12, &type, 2) || bg_skb_store_bytes(skb, 12, &ipv4, 2, 0) || bg_xdp_sync(skb))
		return -1;
	return bg_skb_store_bytes(skb, 12, &type, 2, 0) ? -1 : 0;
}

/*
 * bpf_xdp_adjust_head(): delta < 0 grows the packet at its front, delta > 0 cuts it. The room helper inserts and
 * removes behind the MAC header; so the 14 bytes that belong at the new front are saved before and stored after. It
 * wants 20 (IPv6: 40) bytes behind the MAC header to remain: a short packet is lent a tail for the time.
 */
BG_CALLED int bg_xdp_adjust_head(struct __sk_buff *skb, int delta)
{
	unsigned int lend = 0;
	unsigned char head[BG_ETH_HLEN], zeros[BG_ETH_HLEN] = { 0 };
	long err;

	if (delta == 0)
		return 0;
	if (delta < bg_xdp_meta_length() - bg_xdp_headroom() || (delta > 0 && (unsigned int)delta + BG_ETH_HLEN > BG_SKB(skb)->len))
		return -22;
	if (BG_SKB(skb)->protocol != BG_BE_IPV4 && BG_SKB(skb)->protocol != BG_BE_IPV6 && bg_xdp_pose_as_ip(skb))
		return -12;
	if (delta > 0 && BG_SKB(skb)->len < (unsigned int)delta + BG_ETH_HLEN + 40)
		lend = 40;
	if (lend) {
		err = bg_skb_change_tail(skb, BG_SKB(skb)->len + lend, 0);
		if (err)
			return (int)err;
	}
	err = bg_skb_load_bytes(skb, delta > 0 ? (unsigned int)delta : 0, head, sizeof(head));
#ifdef BG_XDP_FRONT
	if (!err && delta > 0)
		bg_xdp_front_cut(skb, (unsigned int)delta);
#endif
	if (!err)
		err = bg_skb_adjust_room(skb, -delta, BG_ROOM_MAC, BG_ROOM_FIXED_GSO);
	if (!err && delta < 0)
		err = bg_skb_store_bytes(skb, 0, zeros, sizeof(zeros), 0);
#ifdef BG_XDP_FRONT
	if (!err && delta < 0)
		err = bg_xdp_front_back(skb, (unsigned int)-delta);
#endif
	if (!err)
		err = bg_skb_store_bytes(skb, delta > 0 ? 0 : (unsigned int)-delta, head, sizeof(head), 0);
	if (!err && lend)
		err = bg_skb_change_tail(skb, BG_SKB(skb)->len - lend, 0);
	return (int)err;
}

/*
 * Cuts the packet to a length below its transport header, where bpf_skb_change_tail() refuses: what remains, some bytes
 * of headers, is moved to the packet's end, and the front is cut.
 */
BG_CALLED int bg_xdp_cut_short(struct __sk_buff *skb, unsigned int len)
{
	unsigned char bytes[BG_XDP_HEADERS];
	unsigned int by;

	if (len > BG_XDP_HEADERS || (BG_SKB(skb)->len > 1024 && bg_skb_change_tail(skb, 1024, 0)))
		return -22;
	by = BG_SKB(skb)->len - len;
	__asm__ volatile("" : "+r"(len));
	len = ((len - 1) & (BG_XDP_HEADERS - 1)) + 1; /* as it is, but seen by the verifier */
	if (bg_skb_load_bytes(skb, 0, bytes, len) | bg_skb_store_bytes(skb, by, bytes, len, 0))
		return -22;
	return bg_xdp_adjust_head(skb, (int)by);
}

/*
 * bpf_xdp_adjust_tail(): at least an Ethernet header remains, and new bytes are zero at both hooks. A packet grows to
 * what an XDP frame holds; when it is larger, to the end of its last page, as one in fragments does.
 */
BG_CALLED int bg_xdp_adjust_tail(struct __sk_buff *skb, int delta)
{
	unsigned int old = BG_SKB(skb)->len, len = old + (unsigned int)delta, most = BG_XDP_FRAME;
	long err;

	if (old > most)
		most += (old - most + BG_XDP_PAGE - 1) / BG_XDP_PAGE * BG_XDP_PAGE;
	if ((int)len < BG_ETH_HLEN || (delta > 0 && len > most))
		return -22;
	err = bg_skb_change_tail(skb, len, 0);
	return (int)(err == -22 && delta < 0 ? bg_xdp_cut_short(skb, len) : err);
}

BG_INLINE unsigned long long bg_xdp_get_buff_len(struct __sk_buff *skb)
{
	return BG_SKB(skb)->len;
}

/* XDP says -EFAULT past 64 KiB and -EINVAL past the end, and leaves the buffer alone; the skb helpers do neither. */
BG_INLINE int bg_xdp_check_range(struct __sk_buff *skb, unsigned int off, unsigned int len)
{
	if (off > 0xffff || len > 0xffff)
		return -14;
	return off + len > BG_SKB(skb)->len ? -22 : 0;
}

/* bpf_xdp_load_bytes() */
BG_INLINE long bg_xdp_load_bytes(struct __sk_buff *skb, unsigned int off, void *to, unsigned int len)
{
	int err = bg_xdp_check_range(skb, off, len);

	return err ? err : bg_skb_load_bytes(skb, off, to, len);
}

/*
 * bpf_xdp_store_bytes(). The skb helper takes all packet pointers away, which XDP's does not. So a number of bytes
 * that is known here is written directly: the packet is linear. (The verifier follows packet pointers for 64 KiB, so
 * the last bytes of a larger one cannot be written so.)
 */
BG_INLINE long bg_xdp_store_bytes(struct __sk_buff *skb, unsigned int off, const void *from, unsigned int len)
{
	int err = bg_xdp_check_range(skb, off, len);

	if (__builtin_constant_p(len) && len && len <= BG_DIRECT_STORE) {
		unsigned char *to = (unsigned char *)(long)BG_SKB(skb)->data;

		__asm__ volatile("" : "+r"(off));       /* the register that is compared is the one that is added */
		if (err || off > 0xffff - BG_DIRECT_STORE)
			return err ? err : -22;
		to += off;
		if (to + len > (unsigned char *)(long)BG_SKB(skb)->data_end)
			return -22;
		__builtin_memcpy(to, from, len);
		return 0;
	}
	return err ? err : bg_skb_store_bytes(skb, off, from, len, 0);
}

/*
 * What XDP programs ask of the device they are bound to, as far as the skb knows it, and as veth answers: -ENODATA
 * where it does not. The type of a hash is not known. A tag that the device took off is in the bytes again since
 * bg_xdp_begin().
 */
BG_INLINE int bg_xdp_metadata_rx_timestamp(struct __sk_buff *skb, unsigned long long *timestamp)
{
	*timestamp = BG_SKB(skb)->hwtstamp;
	return *timestamp ? 0 : -61;
}

BG_INLINE int bg_xdp_metadata_rx_hash(struct __sk_buff *skb, unsigned int *hash, void *type)
{
	*hash = (unsigned int)bg_get_hash_recalc(skb);
	*(unsigned int *)type = 0; /* XDP_RSS_TYPE_NONE */
	return *hash ? 0 : -61;
}

BG_INLINE int bg_xdp_metadata_rx_vlan_tag(struct __sk_buff *skb, unsigned short *proto, unsigned short *tci)
{
	if (!BG_SKB(skb)->vlan_present)
		return -61;
	*proto = BG_SKB(skb)->vlan_proto;
	*tci = BG_SKB(skb)->vlan_tci;
	return 0;
}

#endif
