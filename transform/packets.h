/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Packets made here, so that a comparison without vectors still walks a network program's usual branches.
 * Deterministic: the same call gives the same packets on every machine.
 */
#ifndef BG_PACKETS_H
#define BG_PACKETS_H

#include "transform/seeds.h"
#include "transform/vectors.h"

/*
 * Appends the built-in packets (ARP; IPv4 and IPv6 with the usual transports, options, fragments, extension headers and
 * tunnels; VLAN, QinQ, MPLS; a jumbo; frames that end early), then n variations of them with other ports, addresses and
 * lengths, by chance and from the numbers that the program knows; checksums are right. The same *state gives the same
 * packets. False when the set is full.
 */
bool bg_packets_generate(struct bg_vectors *vs, unsigned n, const struct bg_seeds *seeds, uint64_t *state);

#endif
