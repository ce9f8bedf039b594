/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of verification share: verify.c drives, verify_packet.c compares one packet. Nobody else includes
 * this. */
#ifndef BG_VERIFY_INSIDE_H
#define BG_VERIFY_INSIDE_H

#include "transform/compare.h"
#include "transform/coverage.h"
#include "transform/devices.h"
#include "transform/filling.h"
#include "transform/mapstate.h"
#include "transform/pin.h"
#include "transform/testrun.h"
#include "transform/trace.h"
#include "transform/vectors.h"
#include "transform/verdict.h"
#include "transform/verify.h"

/*
 * All packets on the same contents of the maps. The original runs twice, before and after the port: what two runs of it
 * give differently is chance, and anything that grows with time and is the same in both was the same in between.
 */
struct bg_round {
	const char *contents;		  /* of the maps before the first packet: "given", "filled"; "wire": given, and the packets come by a wire */
	bool stated;			  /* the vectors' statements hold for these contents */
	const struct bg_filling *filling; /* or NULL */
	struct bg_instance a, b, again;
	struct bg_instance
		aside; /* the port again, given outer VLAN tags in metadata; obj NULL when there is no need */
	struct bg_instance watched; /* the original once more, for the trace */
	struct bg_trace trace;	    /* fd -1: cannot be had */
};

/* The first difference between packets. */
struct bg_difference {
	enum bg_match kind; /* BG_MATCH_EQUAL: there is none */
	bool aside;	    /* with the tag in metadata only */
	const char *contents;
	struct bg_packet packet; /* borrowed from its vector */
};

struct bg_verify {
	const struct bg_verify_job *job;
	struct bg_diags *ds;
	struct bg_verdicts verdicts;
	struct bg_vectors vectors;
	struct bg_coverage coverage;
	struct bg_devices devices; /* that device maps hold */
	int probe_a, probe_b;
	struct bg_verify_result *ret;
	json_t *items, *maps;
	size_t runs, differ, not_comparable;
	size_t user_not_comparable; /* of those, not generated */
	bool alone;		    /* there is no port: the original stands in for it, and nothing is said of it */
	const char *level;	    /* of the report's verdict */
	bool wrapped;		    /* the port ran with its tags in sight */
	bool beside;		    /* the original gets outer VLAN tags beside the packet, as a device does, and the port in the bytes */
	bool loose;		    /* helpers are not pinned: a program is not taken so */
	struct bg_pins pins;	    /* those of the original */
	struct bg_difference first; /* it has been shown */
	json_t *smallest;	    /* the packet that it was reduced to, or NULL */
};

/* Loads the original or the port with the round's contents of maps. */
enum bg_exit bg_verify_load(struct bg_verify *s, const struct bg_round *r, struct bg_instance *in, bool port);
/* Compares what the round's programs left in their maps. Returns how many maps differ, -1 when they could not be read. */
ssize_t bg_verify_maps(struct bg_verify *s, const struct bg_round *r, const struct bg_mapstates *start);
/* Both hooks take a packet of these bytes, and see it; when not, *ret_m (or NULL) says which does not. */
bool bg_verify_takes(const struct bg_verify *s, const struct bg_packet *p, enum bg_match *ret_m);
/* Runs one vector everywhere and keeps the books. 0, or a negative errno with the reason in s->ds. */
int bg_verify_packet(struct bg_verify *s, struct bg_round *r, const struct bg_vector *v);
/* What a packet shows, for a search: what differs, or BG_MATCH_EQUAL when nothing does or it cannot be told. Keeps no
 * books. */
enum bg_match bg_verify_outcome(struct bg_verify *s, struct bg_round *r, const struct bg_packet *p, bool aside);
/* Reduces the first difference, on a round that has not run a packet. A json object of the smallest packet, or NULL. */
json_t *bg_verify_reduce(struct bg_verify *s, struct bg_round *r);
/* Says how many packets could not be compared. */
void bg_verify_count_refused(struct bg_verify *s);

#endif
