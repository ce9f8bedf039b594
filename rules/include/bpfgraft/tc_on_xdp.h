/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TC's packet model on struct xdp_md, for programs ported from TC ingress to XDP.
 *
 * What a TC program takes for granted, and XDP does not give by itself:
 *   - the outer VLAN tag lies beside the packet, not in its bytes: bg_tc_begin(), first in the program, takes it out;
 *   - the packet has a protocol and a network header, which stay what they are until a helper changes them;
 *   - the helpers that make room behind the MAC header, push and pop tags, and replace checksums: bg_tc_*();
 *   - the tag goes with the packet: bg_tc_pass(), bg_tc_tx(), bg_tc_verdict(), last, put it back into the bytes.
 *
 * What lies beside the packet is kept in a map of one entry for each CPU: XDP programs are not interrupted by others on
 * theirs. A program that calls another by a tail call gives it the packet as it came (bg_tc_tail_call()), so that the
 * other one may be a port of its own, with a map of its own.
 *
 * Inside, the program keeps TC's numbers for its verdicts; what leaves it is XDP's.
 *
 * The header needs nothing but struct xdp_md, as units bring their own copies of the kernel's headers, or vmlinux.h, or
 * parts of either; every name here is its own. What a program does not call costs it no instruction.
 *
 * Needs Linux 5.18 (bpf_xdp_load_bytes()); loaded and compared on 6.18 and 6.1. Where kernels differ it does as 6.18 does:
 * bpf_skb_adjust_room() knows BPF_F_ADJ_ROOM_DECAP_L3_* (6.1: -EINVAL), and a tag that was popped is not seen any more
 * (6.1 shows the old vlan_tci). A packet can grow by 216 bytes, its tag included; TC's own limit is 4095 bytes a call. A
 * frame of several buffers (xdp.frags) is not supported, nor a PREEMPT_RT kernel whose receive loops interrupt each other.
 */
#ifndef BPFGRAFT_TC_ON_XDP_H
#define BPFGRAFT_TC_ON_XDP_H

#define BG_TC_ACT_SHOT 2
#define BG_TC_ACT_STOLEN 4
#define BG_TC_ACT_REDIRECT 7
#define BG_TC_ACT_TRAP 8

#define BG_TO_DROP 1            /* XDP_DROP, XDP_PASS, ... */
#define BG_TO_PASS 2
#define BG_TO_TX 3
#define BG_TO_REDIRECT 4

#define BG_TC_ETH_HLEN 14
#define BG_TC_TAG 4
#define BG_TC_GROWTH 216        /* XDP_PACKET_HEADROOM (256) less struct xdp_frame (40): the most that a packet can grow */

#define BG_TC_INLINE static inline __attribute__((always_inline, unused))
/* Long and rarely run: one copy, called. Static functions are verified with their caller, so bounds are known. */
#define BG_TC_CALLED static __attribute__((noinline, unused))

/* Helpers under names of our own: a unit may lack their declarations or have other ones. */
#define BG_TC_HELPER static __attribute__((unused))
BG_TC_HELPER long (*const bg_tc_send)(unsigned int ifindex, unsigned long long flags) = (void *)23;

/* Translates TC's number for a program that never looks at the packet: every number that means nothing lets it pass. */
BG_TC_INLINE int bg_tc_blind_verdict(struct xdp_md *ctx, int action)
{
	(void)ctx;
	switch (action) {
	case BG_TC_ACT_SHOT:
	case BG_TC_ACT_STOLEN:
	case BG_TC_ACT_TRAP:
		return BG_TO_DROP;
	case BG_TC_ACT_REDIRECT:        /* where to was said to bpf_redirect() */
		return BG_TO_REDIRECT;
	default:
		return BG_TO_PASS;
	}
}

/* bpf_redirect() with TC's numbers. XDP puts no packet into a device's ingress; other flags TC does not know either. */
BG_TC_INLINE long bg_tc_redirect(unsigned int ifindex, unsigned long long flags)
{
	if (flags)
		return BG_TC_ACT_SHOT;
	bg_tc_send(ifindex, 0);
	return BG_TC_ACT_REDIRECT;
}

#ifndef BG_TC_BLIND /* what is for programs that look at their packets */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BG_TC_BE16(x) ((unsigned short)(((x) & 0xff) << 8 | ((x) >> 8 & 0xff)))
#else
#define BG_TC_BE16(x) ((unsigned short)(x))
#endif
#define BG_TC_IPV4 BG_TC_BE16(0x0800)
#define BG_TC_IPV6 BG_TC_BE16(0x86dd)
#define BG_TC_8021Q BG_TC_BE16(0x8100)
#define BG_TC_8021AD BG_TC_BE16(0x88a8)

/*
 * The members of struct xdp_md once more: vmlinux.h marks its own for relocation (preserve_access_index), and clang then
 * shares the relocated address between the program's accesses and those here, which the verifier refuses ("dereference
 * of modified ctx ptr"). The layout is user-space ABI.
 */
struct bg_tc_md {
	unsigned int data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
} __attribute__((may_alias));
#define BG_TC_DATA(ctx) ((unsigned char *)(long)((const struct bg_tc_md *)(ctx))->data)
#define BG_TC_END(ctx) ((unsigned char *)(long)((const struct bg_tc_md *)(ctx))->data_end)

/* What an sk_buff knows of its packet beside the bytes. */
struct bg_tc_skb {
	unsigned int present;           /* a tag lies beside the packet: */
	unsigned short proto, tci;      /* as in sk_buff: the first in network order */
	unsigned short protocol;        /* in network order */
	unsigned short network;         /* where the network header is */
	unsigned int encapsulated;      /* room was made with a flag that says what for */
	unsigned char room[256];        /* for what is moved */
};

/* A map without the macros that define maps, which a unit need not have. */
struct {
	int (*type)[6];                 /* BPF_MAP_TYPE_PERCPU_ARRAY */
	int (*max_entries)[1];
	unsigned int *key;
	struct bg_tc_skb *value;
} bg_tc_beside __attribute__((section(".maps")));

BG_TC_HELPER long (*const bg_tc_call)(void *ctx, void *map, unsigned int index) = (void *)12;
BG_TC_HELPER long (*const bg_tc_move_head)(struct xdp_md *ctx, int delta) = (void *)44;
BG_TC_HELPER long (*const bg_tc_move_tail)(struct xdp_md *ctx, int delta) = (void *)65;
BG_TC_HELPER unsigned long long (*const bg_tc_length)(struct xdp_md *ctx) = (void *)188;
BG_TC_HELPER long (*const bg_tc_read)(struct xdp_md *ctx, unsigned int off, void *to, unsigned long long len) = (void *)189;
BG_TC_HELPER long (*const bg_tc_write)(struct xdp_md *ctx, unsigned int off, const void *from,
				unsigned long long len) = (void *)190;

/*
 * bpf_map_lookup_elem(). As a call to clang it could write any memory, and what a program keeps in maps (an offset, to
 * be read again behind skb->vlan_present) would be unknown to clang, then to the verifier. It writes none.
 */
BG_TC_INLINE struct bg_tc_skb *bg_tc_skb(void)
{
	unsigned int zero = 0;
	register struct bg_tc_skb *ret __asm__("r0");
	register void *map __asm__("r1") = &bg_tc_beside;
	register void *key __asm__("r2") = &zero;

	__asm__("call 1" : "=r"(ret), "+r"(map), "+r"(key) : "m"(zero) : "r3", "r4", "r5");
	return ret;
}

BG_TC_INLINE int bg_tc_is_vlan(unsigned short type)
{
	return type == BG_TC_8021Q || type == BG_TC_8021AD;
}

/*
 * skb->protocol of a packet with this Ethernet type, and these bytes after it: eth_type_trans(), vlan_set_encap_proto().
 * A number below 0x600 is a length.
 */
BG_TC_INLINE unsigned short bg_tc_protocol_of(unsigned short type, unsigned short next)
{
	if (BG_TC_BE16(type) >= 0x600)
		return type;
	return next == 0xffff ? BG_TC_BE16(1) : BG_TC_BE16(4); /* ETH_P_802_3, ETH_P_802_2 */
}

/* Takes the tag in front of the packet out of its bytes: __skb_vlan_pop(). */
BG_TC_CALLED int bg_tc_untag(struct xdp_md *ctx, struct bg_tc_skb *skb, unsigned short *tci)
{
	unsigned char *data = BG_TC_DATA(ctx);
	unsigned int mac[3];
	unsigned short next = 0;

	if (!skb || !tci || data + 18 > BG_TC_END(ctx))
		return -12;
	__builtin_memcpy(mac, data, 12);
	*tci = BG_TC_BE16(*(unsigned short *)(data + 14));
	if (data + 20 <= BG_TC_END(ctx))
		next = *(unsigned short *)(data + 18);
	skb->protocol = bg_tc_protocol_of(*(unsigned short *)(data + 16), next);
	if (bg_tc_move_head(ctx, BG_TC_TAG))
		return -12;
	data = BG_TC_DATA(ctx);
	if (data + 12 > BG_TC_END(ctx))
		return -12;
	__builtin_memcpy(data, mac, 12);
	return 0;
}

/* Puts a tag in front of the packet: __vlan_insert_tag(). */
BG_TC_CALLED int bg_tc_tag(struct xdp_md *ctx, unsigned short proto, unsigned short tci)
{
	unsigned char *data;
	unsigned int mac[3];

	if (bg_tc_move_head(ctx, -BG_TC_TAG))
		return -12;
	data = BG_TC_DATA(ctx);
	if (data + 16 > BG_TC_END(ctx))
		return -12;
	__builtin_memcpy(mac, data + BG_TC_TAG, 12);
	__builtin_memcpy(data, mac, 12);
	*(unsigned short *)(data + 12) = proto;
	*(unsigned short *)(data + 14) = BG_TC_BE16(tci);
	return 0;
}

/*
 * First thing in the program: what the kernel does with a packet before TC sees it. Packet pointers are to be read after
 * it. Not 0 for a frame that it drops there, because it ends within its tag (skb_vlan_untag()).
 */
BG_TC_INLINE int bg_tc_begin(struct xdp_md *ctx)
{
	unsigned char *data = BG_TC_DATA(ctx);
	struct bg_tc_skb *skb = bg_tc_skb();
	unsigned short type, tci = 0;

	if (!skb || data + BG_TC_ETH_HLEN > BG_TC_END(ctx))
		return -1;
	type = *(unsigned short *)(data + 12);
	skb->present = 0;
	skb->proto = 0;
	skb->tci = 0;
	skb->network = BG_TC_ETH_HLEN;
	skb->encapsulated = 0;
	if (!bg_tc_is_vlan(type)) {
		skb->protocol = bg_tc_protocol_of(type, data + 16 <= BG_TC_END(ctx) ? *(unsigned short *)(data + 14) : 0);
		return 0;
	}
	if (data + 20 > BG_TC_END(ctx) || bg_tc_untag(ctx, skb, &tci))
		return -1;
	skb->present = 1;
	skb->proto = type;
	skb->tci = tci;
	return 0;
}

/* The tag back into the bytes, as a device does when it sends the packet, and the stack undoes when it takes it. */
BG_TC_INLINE int bg_tc_end(struct xdp_md *ctx)
{
	struct bg_tc_skb *skb = bg_tc_skb();

	if (!skb)
		return -1;
	return skb->present ? bg_tc_tag(ctx, skb->proto, skb->tci) : 0;
}

/* return TC_ACT_OK */
BG_TC_INLINE int bg_tc_pass(struct xdp_md *ctx)
{
	return bg_tc_end(ctx) ? BG_TO_DROP : BG_TO_PASS;
}

/* return bpf_redirect(skb->ifindex, 0) */
BG_TC_INLINE int bg_tc_tx(struct xdp_md *ctx)
{
	return bg_tc_end(ctx) ? BG_TO_DROP : BG_TO_TX;
}

/* Translates TC's number where the program returns it. */
BG_TC_INLINE int bg_tc_verdict(struct xdp_md *ctx, int action)
{
	int to = bg_tc_blind_verdict(ctx, action);

	return to != BG_TO_DROP && bg_tc_end(ctx) ? BG_TO_DROP : to;
}

/* bpf_tail_call(): the other program takes the packet as it came. Where there is none, this one goes on. */
BG_TC_INLINE long bg_tc_tail_call(struct xdp_md *ctx, void *map, unsigned int index)
{
	struct bg_tc_skb *skb = bg_tc_skb();
	unsigned short tci, protocol;

	if (!skb)
		return -1;
	if (!skb->present) {
		bg_tc_call(ctx, map, index);
		return -2;
	}
	protocol = skb->protocol;
	if (!bg_tc_tag(ctx, skb->proto, skb->tci)) {
		bg_tc_call(ctx, map, index);
		if (bg_tc_untag(ctx, skb, &tci))
			skb->present = 0;       /* cannot be: it has just been put in */
	}
	skb->protocol = protocol;
	return -2;
}

/* skb->len */
BG_TC_INLINE unsigned int bg_tc_len(struct xdp_md *ctx)
{
	return (unsigned int)bg_tc_length(ctx);
}

/* skb->protocol, skb->vlan_present, skb->vlan_proto, skb->vlan_tci */
BG_TC_INLINE unsigned int bg_tc_protocol(struct xdp_md *ctx)
{
	struct bg_tc_skb *skb = bg_tc_skb();

	(void)ctx;
	return skb ? skb->protocol : 0;
}

BG_TC_INLINE unsigned int bg_tc_vlan_present(struct xdp_md *ctx)
{
	struct bg_tc_skb *skb = bg_tc_skb();

	(void)ctx;
	return skb ? skb->present : 0;
}

BG_TC_INLINE unsigned int bg_tc_vlan_proto(struct xdp_md *ctx)
{
	struct bg_tc_skb *skb = bg_tc_skb();

	(void)ctx;
	return skb ? skb->proto : 0;
}

BG_TC_INLINE unsigned int bg_tc_vlan_tci(struct xdp_md *ctx)
{
	struct bg_tc_skb *skb = bg_tc_skb();

	(void)ctx;
	return skb ? skb->tci : 0;
}

/* bpf_skb_load_bytes(): what cannot be read is zero, and the error another one than XDP's. */
BG_TC_INLINE long bg_tc_load_bytes(const void *ctx, unsigned int off, void *to, unsigned int len)
{
	if (!bg_tc_read((struct xdp_md *)ctx, off, to, len))
		return 0;
	if (__builtin_constant_p(len))
		__builtin_memset(to, 0, len);
	else
		for (unsigned int i = 0; i < len; i++) /* the compiler must not make a call of it */
			*((volatile unsigned char *)to + i) = 0;
	return -14;
}

/* bpf_skb_load_bytes_relative(): from the MAC header (0) or the network header (1). */
BG_TC_INLINE long bg_tc_load_bytes_relative(const void *ctx, unsigned int off, void *to, unsigned int len,
					    unsigned int header)
{
	struct bg_tc_skb *skb = bg_tc_skb();

	if (!skb || header > 1 || off > 0xffff) /* past the end in any case */
		off = 0xffffffff;
	else if (header == 1)
		off += skb->network;
	return bg_tc_load_bytes(ctx, off, to, len);
}

/* bpf_skb_store_bytes(): its flags are about what an sk_buff knows of the bytes, and XDP has nothing of the kind. */
BG_TC_INLINE long bg_tc_store_bytes(struct xdp_md *ctx, unsigned int off, const void *from, unsigned int len,
				    unsigned long long flags)
{
	if (flags & ~3ULL) /* BPF_F_RECOMPUTE_CSUM, BPF_F_INVALIDATE_HASH */
		return -22;
	return bg_tc_write(ctx, off, from, len) ? -14 : 0;
}

/* bpf_skb_pull_data(): all of the packet is there. */
BG_TC_INLINE long bg_tc_pull_data(struct xdp_md *ctx, unsigned int len)
{
	return len > bg_tc_length(ctx) ? -12 : 0;
}

/* bpf_skb_change_tail(): new bytes are zero at both hooks. */
BG_TC_INLINE long bg_tc_change_tail(struct xdp_md *ctx, unsigned int len, unsigned long long flags)
{
	struct bg_tc_skb *skb = bg_tc_skb();

	if (!skb || flags || len < skb->network || len > 0xffff)
		return -22;
	if (skb->encapsulated)
		return -524;
	return bg_tc_move_tail(ctx, (int)(len - (unsigned int)bg_tc_length(ctx)));
}

/* The register that is compared is the one that is used, so that the verifier knows its bounds; of 64 bits, as all are. */
#define BG_TC_BOUND(x) __asm__ volatile("" : "+r"(x))

/* New bytes are zero. */
BG_TC_CALLED long bg_tc_zero(struct xdp_md *ctx, struct bg_tc_skb *skb, unsigned int off, unsigned long long n)
{
	n--;
	BG_TC_BOUND(n); /* and so a length of 0 is none */
	if (!skb || n >= BG_TC_GROWTH)
		return -12;
	__builtin_memset(skb->room, 0, sizeof(skb->room));
	return bg_tc_write(ctx, off, skb->room, n + 1) ? -12 : 0;
}

/*
 * Makes or takes n bytes behind the first off ones, which stay the first: bpf_skb_generic_push(),
 * bpf_skb_generic_pop().
 */
BG_TC_CALLED long bg_tc_resize(struct xdp_md *ctx, unsigned int off, unsigned int n, int grow)
{
	struct bg_tc_skb *skb = bg_tc_skb();
	unsigned long long last = (unsigned long long)off - 1;

	BG_TC_BOUND(last);
	if (!skb || last >= 128 || n > (grow ? BG_TC_GROWTH : 0xfffu))
		return -12;
	if (!grow && bg_tc_read(ctx, 0, skb->room, last + 1))
		return -12;
	if (bg_tc_move_head(ctx, grow ? -(int)n : (int)n))
		return -12;
	if (grow && bg_tc_read(ctx, n, skb->room, last + 1))
		return -12;
	if (bg_tc_write(ctx, 0, skb->room, last + 1))
		return -12;
	return grow && n ? bg_tc_zero(ctx, skb, off, n) : 0;
}

/* bpf_skb_change_head(): zeros before the packet; its network header stays where it is. */
BG_TC_CALLED long bg_tc_change_head(struct xdp_md *ctx, unsigned int n, unsigned long long flags)
{
	struct bg_tc_skb *skb = bg_tc_skb();

	if (!skb || flags || (int)n < 0)
		return -22;
	if (!n)
		return 0;
	if (n > BG_TC_GROWTH || bg_tc_move_head(ctx, -(int)n) || bg_tc_zero(ctx, skb, 0, n))
		return -12;
	skb->network += n;
	return 0;
}

/* What bpf_skb_adjust_room() knows: BPF_F_ADJ_ROOM_*. */
#define BG_TC_ROOM_ENCAP_V4 2ULL
#define BG_TC_ROOM_ENCAP_V6 4ULL
#define BG_TC_ROOM_GRE 8ULL
#define BG_TC_ROOM_UDP 16ULL
#define BG_TC_ROOM_ETH 64ULL
#define BG_TC_ROOM_DECAP_V4 128ULL
#define BG_TC_ROOM_DECAP_V6 256ULL
#define BG_TC_ROOM_FLAGS (0x1ffULL | 0xffULL << 56)
#define BG_TC_ROOM_SHRINK (0x21ULL | BG_TC_ROOM_DECAP) /* FIXED_GSO, NO_CSUM_RESET */
#define BG_TC_ROOM_ENCAP (BG_TC_ROOM_ENCAP_V4 | BG_TC_ROOM_ENCAP_V6)
#define BG_TC_ROOM_DECAP (BG_TC_ROOM_DECAP_V4 | BG_TC_ROOM_DECAP_V6)

/* Whether flags that say what the room is for may stand together: bpf_skb_net_grow(). */
BG_TC_INLINE long bg_tc_check_encap(const struct bg_tc_skb *skb, unsigned int n, unsigned long long flags)
{
	unsigned int inner = (unsigned int)(flags >> 56);

	if ((flags & BG_TC_ROOM_ENCAP) == BG_TC_ROOM_ENCAP)
		return -22;
	if (flags & BG_TC_ROOM_GRE && flags & BG_TC_ROOM_UDP)
		return -22;
	if (flags & BG_TC_ROOM_ETH && inner < BG_TC_ETH_HLEN)
		return -22;
	if (skb->encapsulated)
		return -114;
	return inner > n ? -22 : 0;
}

/* bpf_skb_adjust_room(): room behind the MAC header (mode 1) or behind the network header (0). */
BG_TC_CALLED long bg_tc_adjust_room(struct xdp_md *ctx, int diff, unsigned int mode, unsigned long long flags)
{
	struct bg_tc_skb *skb = bg_tc_skb();
	unsigned int n = diff < 0 ? (unsigned int)-diff : (unsigned int)diff, base, least, len, off;
	long err = 0;

	if (!skb || flags & ~BG_TC_ROOM_FLAGS)
		return -22;
	if (n > 0xfff)
		return -14;
	if (skb->protocol != BG_TC_IPV4 && skb->protocol != BG_TC_IPV6)
		return -524;
	base = least = skb->protocol == BG_TC_IPV4 ? 20 : 40;
	off = skb->network;
	if (mode > 1 || off > 64)
		return -524;
	off += mode ? 0 : base;
	if (flags & BG_TC_ROOM_DECAP) {
		if (diff >= 0 || (flags & BG_TC_ROOM_DECAP) == BG_TC_ROOM_DECAP)
			return -22;
		least = flags & BG_TC_ROOM_DECAP_V4 ? 20 : 40;
	}
	len = (unsigned int)bg_tc_length(ctx) - skb->network;
	if (diff < 0 && (n >= len || len - n < least))
		return -524;
	if (diff < 0 && flags & ~BG_TC_ROOM_SHRINK)
		return -22;
	if (diff >= 0 && flags & BG_TC_ROOM_ENCAP)
		err = bg_tc_check_encap(skb, n, flags);
	if (!err)
		err = bg_tc_resize(ctx, off, n, diff >= 0);
	if (err)
		return err;
	if (diff >= 0 && flags & BG_TC_ROOM_ENCAP) {
		skb->encapsulated = 1;
		skb->protocol = flags & BG_TC_ROOM_ENCAP_V4 ? BG_TC_IPV4 : BG_TC_IPV6;
	}
	if (flags & BG_TC_ROOM_DECAP)
		skb->protocol = flags & BG_TC_ROOM_DECAP_V4 ? BG_TC_IPV4 : BG_TC_IPV6;
	return 0;
}

/* bpf_skb_change_proto(): from IPv4 to IPv6 and back; the room for the difference is made or taken behind the MAC header. */
BG_TC_CALLED long bg_tc_change_proto(struct xdp_md *ctx, unsigned short proto, unsigned long long flags)
{
	struct bg_tc_skb *skb = bg_tc_skb();
	long err;

	if (!skb || flags)
		return -22;
	if (!(skb->protocol == BG_TC_IPV4 && proto == BG_TC_IPV6) && !(skb->protocol == BG_TC_IPV6 && proto == BG_TC_IPV4))
		return -524;
	if (skb->network > 64)
		return -12;
	err = bg_tc_resize(ctx, skb->network, 20, proto == BG_TC_IPV6);
	if (!err)
		skb->protocol = proto;
	return err;
}

/* bpf_skb_vlan_push(): a tag that lies beside the packet goes into its bytes. */
BG_TC_CALLED long bg_tc_vlan_push(struct xdp_md *ctx, unsigned short proto, unsigned short tci)
{
	struct bg_tc_skb *skb = bg_tc_skb();

	if (!skb)
		return -22;
	if (skb->present) {
		if (bg_tc_tag(ctx, skb->proto, skb->tci))
			return -12;
		skb->protocol = skb->proto;
	}
	skb->present = 1;
	skb->proto = bg_tc_is_vlan(proto) ? proto : BG_TC_8021Q;
	skb->tci = tci;
	return 0;
}

/* bpf_skb_vlan_pop(): the tag beside the packet goes, or the first in its bytes; then the next one lies beside it. */
BG_TC_CALLED long bg_tc_vlan_pop(struct xdp_md *ctx)
{
	struct bg_tc_skb *skb = bg_tc_skb();
	unsigned short tci, proto;

	if (!skb)
		return -22;
	if (skb->present) {
		skb->present = 0;
		skb->proto = 0;
		skb->tci = 0;
	} else if (!bg_tc_is_vlan(skb->protocol)) {
		return 0;
	} else if (bg_tc_untag(ctx, skb, &tci)) {
		return -12;
	}
	proto = skb->protocol;
	if (!bg_tc_is_vlan(proto))
		return 0;
	if (bg_tc_untag(ctx, skb, &tci))
		return -12;
	skb->present = 1;
	skb->proto = proto;
	skb->tci = tci;
	return 0;
}

/* Sums of the Internet checksum; only the bytes count, in whatever order they lie in memory. */
BG_TC_INLINE unsigned int bg_tc_csum_add(unsigned int a, unsigned int b)
{
	a += b;
	return a + (a < b);
}

BG_TC_INLINE unsigned short bg_tc_csum_fold(unsigned int sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (unsigned short)~sum;
}

BG_TC_INLINE unsigned short bg_tc_csum_add16(unsigned short a, unsigned short b)
{
	a += b;
	return a + (a < b);
}

/* Changes the checksum at off from one that covers 'from' to one that covers 'to': csum_replace4(), csum_replace_by_diff(). */
BG_TC_INLINE long bg_tc_csum_replace(struct xdp_md *ctx, unsigned int off, unsigned long long from, unsigned long long to,
				     unsigned long long size, int only_if_set, int mark_zero)
{
	unsigned short sum;
	unsigned int whole;

	if (off > 0xffff || off & 1 || bg_tc_read(ctx, off, &sum, sizeof(sum)))
		return -14;
	if (only_if_set && !sum)
		return 0;
	whole = ~(unsigned int)sum;
	if (size == 2 || size == 4)
		whole = bg_tc_csum_add(whole, ~(unsigned int)(size == 2 ? from & 0xffff : from));
	else if (size || from)
		return -22;
	sum = bg_tc_csum_fold(bg_tc_csum_add((unsigned int)(size == 2 ? to & 0xffff : to), whole));
	if (mark_zero && !sum)
		sum = 0xffff;
	return bg_tc_write(ctx, off, &sum, sizeof(sum)) ? -14 : 0;
}

/* bpf_l3_csum_replace(), which adds two bytes another way: csum_replace2() */
BG_TC_CALLED long bg_tc_l3_csum_replace(struct xdp_md *ctx, unsigned int off, unsigned long long from,
					unsigned long long to, unsigned long long flags)
{
	unsigned short sum;

	if (flags != 2)
		return flags & ~0xfULL ? -22 : bg_tc_csum_replace(ctx, off, from, to, flags, 0, 0);
	if (off > 0xffff || off & 1 || bg_tc_read(ctx, off, &sum, sizeof(sum)))
		return -14;
	sum = ~bg_tc_csum_add16(bg_tc_csum_add16(~sum, ~(unsigned short)from), (unsigned short)to);
	return bg_tc_write(ctx, off, &sum, sizeof(sum)) ? -14 : 0;
}

/* bpf_l4_csum_replace(): BPF_F_PSEUDO_HDR and BPF_F_IPV6 are about sums that an sk_buff holds beside the bytes. */
BG_TC_CALLED long bg_tc_l4_csum_replace(struct xdp_md *ctx, unsigned int off, unsigned long long from,
					unsigned long long to, unsigned long long flags)
{
	int mark_zero = !!(flags & 32); /* BPF_F_MARK_MANGLED_0; 64: BPF_F_MARK_ENFORCE */

	return flags & ~0xffULL ? -22 :
				  bg_tc_csum_replace(ctx, off, from, to, flags & 0xf, mark_zero && !(flags & 64), mark_zero);
}

/* bpf_csum_update(), bpf_csum_level(), as for a packet of whose checksum the device said nothing; bpf_set_hash_invalid() */
BG_TC_INLINE long bg_tc_csum_update(struct xdp_md *ctx, unsigned int sum)
{
	(void)ctx;
	(void)sum;
	return -524;
}

BG_TC_INLINE long bg_tc_csum_level(struct xdp_md *ctx, unsigned long long level)
{
	(void)ctx;
	return level == 0 ? -13 : level > 3 ? -22 : 0;
}

BG_TC_INLINE void bg_tc_set_hash_invalid(struct xdp_md *ctx)
{
	(void)ctx;
}

#endif /* BG_TC_BLIND */
#endif
