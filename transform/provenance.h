/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * From a line of an extracted unit to the line of upstream's file that it was taken from: by functions.json beside the
 * unit, which says where each function came from. A unit that was changed since, or is no unit, has no answer.
 */
#ifndef BG_PROVENANCE_H
#define BG_PROVENANCE_H

#include <jansson.h>

#include "core/base.h"

struct bg_provenance {
	char *unit; /* the file that is known */
	struct bg_origin_range {
		unsigned first, last; /* lines of the unit */
		unsigned line;	      /* upstream's of the first */
		char *file;
	} * v;
	size_t n, cap;
};

/* Makes p know the unit at path (and forget another). A file without functions.json is known to have no origins. */
void bg_provenance_read(struct bg_provenance *p, const char *path);
/* {"file", "line"} of upstream, or null. */
json_t *bg_provenance_of(const struct bg_provenance *p, unsigned line);
void bg_provenance_done(struct bg_provenance *p);

#endif
