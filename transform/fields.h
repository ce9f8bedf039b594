/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The name of the header field that a byte of a frame belongs to, for people. */
#ifndef BG_FIELDS_H
#define BG_FIELDS_H

#include "transform/vectors.h"

/* "ipv4.ttl", "inner ipv6.daddr", "payload"; the frame is read as it stands, however little sense it makes. Caller
 * frees. */
char *bg_field_at(const struct bg_packet *p, size_t at);

/* The headers of a packet, a line each: "IPv4 10.0.0.1 > 10.0.0.2, ttl 64, 40 bytes". What is cut off is said so. */
void bg_headers(const struct bg_packet *p, struct bg_strv *ret);

#endif
