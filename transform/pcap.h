/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Packets from captures (pcap and pcapng), read by libpcap. Ethernet only; a damaged file gives no packet at all. */
#ifndef BG_PCAP_H
#define BG_PCAP_H

#include "transform/vectors.h"

/*
 * Appends a capture's packets, called "NAME.pcap #1" ...; path must live as long as vs. Packets that the capture cut are
 * left out with a warning. 0; -EINVAL or an errno with the reason in ds.
 */
int bg_pcap_load(struct bg_vectors *vs, const char *path, struct bg_diags *ds);
/* The same from a stream, which is closed. */
int bg_pcap_read(struct bg_vectors *vs, const char *path, FILE *f, struct bg_diags *ds);

#endif
