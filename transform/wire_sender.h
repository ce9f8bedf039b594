/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A program at the egress of a device that does to a frame what a local sender's devices would have done: it moves the VLAN
 * tag from the bytes to beside them, or puts the frame into a tunnel, all segments in one piece.
 */
#ifndef BG_WIRE_SENDER_H
#define BG_WIRE_SENDER_H

#include "core/base.h"

#define BG_SENDER_HEADERS 128u /* bytes of headers around a frame, at most */

enum bg_sender_does { BG_SENDER_NOTHING, BG_SENDER_TAGS, BG_SENDER_WRAPS };

struct bg_sender_job {
	uint32_t does; /* enum bg_sender_does */
	uint32_t n;    /* of a tunnel: how many bytes come between the Ethernet header and the frame's next one */
	uint64_t flags;	      /* of bpf_skb_adjust_room() */
	unsigned char type[2]; /* the Ethernet type of the whole, and the bytes */
	unsigned char bytes[BG_SENDER_HEADERS];
};

struct bg_sender {
	int prog, map;
};
#define BG_SENDER_NONE ((struct bg_sender){ .prog = -1, .map = -1 })

/* In the device's namespace. 0 or a negative errno. */
int bg_sender_attach(struct bg_sender *s, unsigned ifindex);
/* What it does to the frames that follow. From anywhere. */
int bg_sender_set(const struct bg_sender *s, const struct bg_sender_job *job);
void bg_sender_done(struct bg_sender *s);

#endif
