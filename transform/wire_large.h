/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* From a frame of TCP to several of its kind in one piece, as GRO and local senders give them to TC. Sends nothing. */
#ifndef BG_WIRE_LARGE_H
#define BG_WIRE_LARGE_H

#include <linux/virtio_net.h>

#include "transform/vectors.h"

#define BG_LARGE_SEGMENTS 4u
#define BG_SEGMENTS_TEXT  "4"
#define BG_LARGE_SEGMENT                                                                                               \
	1200u /* bytes of payload in each; in all more than a page, so that the packet is not linear                   \
	       */

struct bg_large {
	struct bg_packet frame; /* to be freed */
	struct virtio_net_hdr about;
};

/*
 * Segments with the headers and the payload of a frame of TCP over IPv4 or IPv6 without extension headers, that carries
 * data on an open connection. False for any other frame.
 */
bool bg_large_make(const struct bg_packet *p, struct bg_large *ret);

/* Where what a whole IP header carries begins, and what that is; 0 when it is a fragment, or has extension headers. */
unsigned bg_transport_at(const struct bg_packet *p, size_t ip_at, unsigned type, unsigned *ret_protocol);
/* The sum of the pseudo-header, to which a device adds the rest. */
unsigned bg_pseudo_sum(const unsigned char *ip, unsigned protocol, unsigned bytes);
/* Length and checksum of an IP header that 'bytes' follow. */
void bg_finish_ip(unsigned char *ip, unsigned header, unsigned bytes);

#endif
