/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* From a frame of TCP to several of its kind in one piece, as GRO and local senders give them to TC. Sends nothing. */
#ifndef BG_WIRE_LARGE_H
#define BG_WIRE_LARGE_H

#include "transform/vectors.h"

#define BG_LARGE_SEGMENTS 4u
#define BG_LARGE_SEGMENT                                                                                               \
	1200u /* bytes of payload in each; in all more than a page, so that the packet is not linear                   \
	       */

struct bg_large {
	struct bg_packet frame; /* to be freed */
	unsigned tcp, header;	/* where the TCP header begins, and its length */
};

/*
 * Segments with the headers and the payload of a frame of TCP over IPv4 or IPv6 without extension headers, that carries
 * data on an open connection. False for any other frame.
 */
bool bg_large_make(const struct bg_packet *p, struct bg_large *ret);

#endif
