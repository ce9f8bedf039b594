/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Frames put together header by header, with right lengths and checksums. Which frames are worth having is for
 * packets.c. */
#ifndef BG_FRAME_H
#define BG_FRAME_H

#include "core/base.h"

#define BG_FRAME_MAX 3500u /* bytes: the longest that XDP takes in one buffer is a page less 576 */

/* What varies from packet to packet. */
struct bg_flow {
	uint32_t saddr, daddr; /* host order; IPv6 addresses carry them in their last four bytes */
	uint16_t sport, dport;
	uint16_t payload; /* bytes */
	uint8_t ttl;
	uint8_t tcp_flags;
	uint8_t tos;
	uint8_t kind;	 /* of what has kinds: an ICMP message */
	uint32_t tunnel; /* a tunnel's id: VNI, key, label */
	uint16_t vlan;
};

/* A packet is written from its end to its start: every header knows then what it contains. */
struct bg_frame {
	unsigned char b[BG_FRAME_MAX + 64];
	size_t at; /* start of what is written; the end is sizeof(b) */
};

void bg_put_be16(unsigned char *p, unsigned v);
void bg_put_be32(unsigned char *p, uint32_t v);

void bg_frame_init(struct bg_frame *f);
size_t bg_frame_len(const struct bg_frame *f);
/* n bytes before what is there, cleared. */
unsigned char *bg_frame_put(struct bg_frame *f, size_t n);
void bg_frame_payload(struct bg_frame *f, size_t n);
void bg_frame_udp(struct bg_frame *f, const struct bg_flow *fl, unsigned dport, bool v6);
/* options: n bytes, a multiple of 4; n 0: none. */
void bg_frame_tcp(struct bg_frame *f, const struct bg_flow *fl, bool v6, const void *options, size_t n);
void bg_frame_icmp(struct bg_frame *f, unsigned type, unsigned code);
void bg_frame_icmp6(struct bg_frame *f, const struct bg_flow *fl, unsigned type);
/* fragment: flags and offset as in the header; options: bytes of no-operation, a multiple of 4. */
void bg_frame_ip4(struct bg_frame *f, const struct bg_flow *fl, unsigned proto, unsigned fragment, size_t options);
void bg_frame_ip6(struct bg_frame *f, const struct bg_flow *fl, unsigned next);
/* An extension header of 8 bytes that names what follows, with padding. */
void bg_frame_ip6_options(struct bg_frame *f, unsigned next);
void bg_frame_eth(struct bg_frame *f, unsigned type);
/* A VLAN tag before what is there, whose EtherType is type. */
void bg_frame_tag(struct bg_frame *f, unsigned tci, unsigned type);

#endif
