/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Counting what programs do for a while that the caller chooses. */
#ifndef BG_STATS_H
#define BG_STATS_H

#include <jansson.h>

#include "core/base.h"
#include "core/diag.h"

/* What was counted of each row when counting began; starts as zeros. */
struct bg_counting {
	int fd;			 /* while it is open the kernel counts */
	struct bg_count *before; /* parallel to the rows */
};

/* Begins to count the programs of rows of bg_compose_status(). 0, or -errno with a diagnostic. */
int bg_counting_begin(struct bg_counting *c, const json_t *rows, struct bg_diags *ds);
/* Adds to the same rows what was counted since, and ends it. */
void bg_counting_end(struct bg_counting *c, json_t *rows);

/* Adds 'counted' to rows: what each member of a chain with 'stats: true' has said since it was attached, else null. */
void bg_counting_members(json_t *rows, struct bg_diags *ds);

#endif
