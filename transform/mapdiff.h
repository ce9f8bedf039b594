/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the maps and variables hold after all packets: original against port, without what the original itself leaves to
 * chance. */
#ifndef BG_MAPDIFF_H
#define BG_MAPDIFF_H

#include <jansson.h>

#include "core/base.h"
#include "core/diag.h"
#include "transform/mapstate.h"

struct bg_mapdiff_in {
	const struct bg_mapstates *start;     /* the original's variables before the first packet */
	const struct bg_mapstates *a, *again; /* two runs of the original */
	const struct bg_mapstates *b;	      /* the port */
	const char *label;		      /* added to messages, e.g. " (with VLAN tags in metadata)", or "" */
};

/*
 * Appends {name, type, entries, equal, compared, why, excluded} for each of the original's maps and variables to
 * report. The first difference of each map is an error in ds. Returns how many differ.
 */
size_t bg_mapdiff(const struct bg_mapdiff_in *in, struct bg_diags *ds, json_t *report);

#endif
