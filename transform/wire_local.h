/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Forms of a frame that no test run and no wire has, but TC sees after GRO and from senders on the same machine: several
 * segments of TCP in one piece, alone and in a tunnel; a checksum that the device is to finish; a VLAN tag that it is to
 * insert. Sends nothing.
 */
#ifndef BG_WIRE_LOCAL_H
#define BG_WIRE_LOCAL_H

#include "transform/wire_large.h"
#include "transform/wire_sender.h"

enum bg_form { BG_FORM_LARGE, BG_FORM_TUNNELLED, BG_FORM_CHECKSUM, BG_FORM_TAG, BG_FORMS };

struct bg_local {
	struct bg_packet frame; /* to be freed */
	struct virtio_net_hdr about;
	struct bg_sender_job job;
	unsigned frames; /* that XDP gets */
};

/*
 * A frame in that form; false for one that has it not. LARGE: TCP over IPv4 or IPv6 without extension headers, that carries data
 * on an open connection. TUNNELLED: such in IPv4, IPv6, GRE, VXLAN or GUE. CHECKSUM: TCP or UDP. TAG: with a VLAN tag.
 */
bool bg_local_make(const struct bg_packet *p, enum bg_form form, struct bg_local *ret);

#endif
