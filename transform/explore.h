/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Packets found by watching: those at hand are changed, again and again, and a change that takes the original a way
 * that nothing took before is kept. What a branch compares is looked for in the packet and replaced by what it is
 * compared with; the rest is chance, with a fixed seed.
 */
#ifndef BG_EXPLORE_H
#define BG_EXPLORE_H

#include "transform/seeds.h"
#include "transform/trace.h"
#include "transform/verify_inside.h"

struct bg_explorer {
	const struct bg_verify *verify; /* for whether both hooks take a packet */
	struct bg_trace *trace;		/* with the maps as they are to be */
	const struct bg_seeds *seeds;
	struct bg_coverage *known; /* the ways taken so far; grows */
	struct bg_filling *asked;  /* or NULL: learns the keys that are looked up */
	uint64_t state;		   /* of chance, not 0 */
	unsigned limit;		   /* so many packets may be added */
	const char *contents;	   /* of the maps, for the packets' names */
	BG_VEC(size_t) parents;	   /* packets to start from: those that went a new way when they came */
	unsigned found;		   /* packets added so far */
};

/* Runs the packets of vs, to know what they reach. */
void bg_explore_known(struct bg_explorer *e, const struct bg_vectors *vs);
/* Appends packets to vs that reach more, until nothing new is found for a while. */
void bg_explore(struct bg_explorer *e, struct bg_vectors *vs);

void bg_explorer_done(struct bg_explorer *e);

#endif
