/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The name of the header field that a byte of a frame belongs to, for people. */
#ifndef BG_FIELDS_H
#define BG_FIELDS_H

#include "transform/vectors.h"

/* "ipv4.ttl", "inner ipv6.daddr", "payload"; the frame is read as it stands, however little sense it makes. Caller
 * frees. */
char *bg_field_at(const struct bg_packet *p, size_t at);

#endif
