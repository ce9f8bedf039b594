// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/wire_local.h"

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "transform/frame.h"
#include "transform/testrun.h"

static unsigned get16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static bool make_large(const struct bg_packet *p, struct bg_local *ret)
{
	struct bg_large l;

	if (!bg_large_make(p, &l))
		return false;
	ret->frame = l.frame;
	ret->about = l.about;
	ret->frames = BG_LARGE_SEGMENTS;
	return true;
}

struct tunnel {
	size_t inner;	/* where the IP header inside begins */
	unsigned type;	/* its Ethernet type */
	uint64_t flags; /* of bpf_skb_adjust_room(): what the headers are */
};

static unsigned type_of_ip(unsigned protocol)
{
	return protocol == IPPROTO_IPIP ? ETH_P_IP : protocol == IPPROTO_IPV6 ? ETH_P_IPV6 : 0;
}

/* A frame of VXLAN is one by its port; else GUE in one of its two forms, if it is anything. */
static bool find_udp_tunnel(const struct bg_packet *p, size_t at, struct tunnel *t)
{
	const unsigned char *udp = p->bytes + at, *in = udp + 8;
	size_t n = p->len - at;

	t->flags |= BPF_F_ADJ_ROOM_ENCAP_L4_UDP;
	if (n < 8 + 20)
		return false;
	t->inner = at + 8;
	if (get16(udp + 2) == 4789) {
		if (n < 8 + 8 + ETH_HLEN)
			return false;
		t->flags |= BPF_F_ADJ_ROOM_ENCAP_L2(ETH_HLEN) | BPF_F_ADJ_ROOM_ENCAP_L2_ETH;
		t->type = get16(in + 8 + 12);
		t->inner += 8 + ETH_HLEN;
	} else if (in[0] >> 6 == 1) {
		t->type = in[0] >> 4 == 4 ? ETH_P_IP : in[0] >> 4 == 6 ? ETH_P_IPV6 : 0;
	} else if (in[0] >> 5 == 0) {
		t->type = type_of_ip(in[1]);
		t->inner += 4 + (in[0] & 31u) * 4;
	}
	return t->type != 0;
}

static bool find_tunnel(const struct bg_packet *p, struct tunnel *t)
{
	unsigned protocol = 0, type = p->len >= ETH_HLEN ? get16(p->bytes + 12) : 0;
	size_t at = bg_transport_at(p, ETH_HLEN, type, &protocol);
	const unsigned char *gre = p->bytes + at;

	*t = (struct tunnel){ .flags = type == ETH_P_IPV6 ? BPF_F_ADJ_ROOM_ENCAP_L3_IPV6
							  : BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 };
	if (!at || at > p->len)
		return false;
	if (protocol == IPPROTO_UDP)
		return find_udp_tunnel(p, at, t);
	if (protocol == IPPROTO_GRE && p->len >= at + 4) {
		t->flags |= BPF_F_ADJ_ROOM_ENCAP_L4_GRE;
		t->type = get16(gre + 2);
		t->inner = at + 4 + (gre[0] & 0x20 ? 4 : 0);	      /* a key */
		return !(gre[0] & 0xd0) && !(gre[1] & 7);	      /* no checksum, number, routing */
	}
	t->type = type_of_ip(protocol);
	t->inner = at;
	return t->type != 0;
}

/* What is inside, in one piece, and the headers around it for the sender's program to put there. */
static bool make_tunnelled(const struct bg_packet *p, struct bg_local *ret)
{
	BG_CLEANUP(bg_freep) unsigned char *bytes = NULL;
	struct bg_packet in;
	struct tunnel t;
	unsigned protocol = 0, type, at;
	unsigned char *outer = ret->job.bytes;

	if (!find_tunnel(p, &t) || t.inner >= p->len || t.inner - ETH_HLEN > sizeof(ret->job.bytes))
		return false;
	in.len = p->len - t.inner + ETH_HLEN;
	in.bytes = bytes = bg_alloc(in.len);
	memcpy(bytes, p->bytes, 12);
	bg_put_be16(bytes + 12, t.type);
	memcpy(bytes + ETH_HLEN, p->bytes + t.inner, p->len - t.inner);
	if (!make_large(&in, ret))
		return false;
	type = get16(p->bytes + 12);
	at = bg_transport_at(p, ETH_HLEN, type, &protocol) - ETH_HLEN;
	ret->job.does = BG_SENDER_WRAPS;
	ret->job.flags = t.flags | BPF_F_ADJ_ROOM_FIXED_GSO;
	ret->job.n = (uint32_t)(t.inner - ETH_HLEN);
	bg_put_be16(ret->job.type, type);
	memcpy(outer, p->bytes + ETH_HLEN, ret->job.n);
	bg_finish_ip(outer, at, (unsigned)ret->frame.len - ETH_HLEN + ret->job.n - at);
	if (protocol == IPPROTO_UDP) { /* without a checksum, as tunnels have it */
		bg_put_be16(outer + at + 4, (unsigned)ret->frame.len - ETH_HLEN + ret->job.n - at);
		bg_put_be16(outer + at + 6, 0);
	}
	return true;
}

static bool make_checksum(const struct bg_packet *p, struct bg_local *ret)
{
	unsigned protocol = 0, type = p->len >= ETH_HLEN ? get16(p->bytes + 12) : 0;
	unsigned at = bg_transport_at(p, ETH_HLEN, type, &protocol), off = protocol == IPPROTO_TCP ? 16 : 6;

	if (!at || (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) ||
	    p->len < at + (protocol == IPPROTO_TCP ? 20 : 8))
		return false;
	ret->frame.len = p->len;
	ret->frame.bytes = bg_alloc(p->len);
	memcpy(ret->frame.bytes, p->bytes, p->len);
	bg_put_be16(ret->frame.bytes + at + off,
		    bg_pseudo_sum(p->bytes + ETH_HLEN, protocol, (unsigned)p->len - at));
	ret->about = (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					      .csum_start = (uint16_t)at,
					      .csum_offset = (uint16_t)off };
	ret->frames = 1;
	return true;
}

static bool make_tag(const struct bg_packet *p, struct bg_local *ret)
{
	struct bg_tag tag;

	if (!bg_packet_tag(p, &tag))
		return false;
	ret->frame.len = p->len;
	ret->frame.bytes = bg_alloc(p->len);
	memcpy(ret->frame.bytes, p->bytes, p->len);
	ret->job.does = BG_SENDER_TAGS;
	ret->frames = 1;
	return true;
}

bool bg_local_make(const struct bg_packet *p, enum bg_form form, struct bg_local *ret)
{
	*ret = (struct bg_local){ .frames = 0 };
	switch (form) {
	case BG_FORM_LARGE:
		return make_large(p, ret);
	case BG_FORM_TUNNELLED:
		return make_tunnelled(p, ret);
	case BG_FORM_CHECKSUM:
		return make_checksum(p, ret);
	case BG_FORM_TAG:
		return make_tag(p, ret);
	case BG_FORMS:
		break;
	}
	return false;
}
