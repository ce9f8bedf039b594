/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The rows of `status`, as JSON (docs/compose.md). */
#ifndef BG_ROWS_H
#define BG_ROWS_H

#include "compose/backend.h"

/* One row: r is the order-th (from 1) on its hook; ours: all generations, to tell whose it is. New reference. */
json_t *bg_row_json(const struct bg_target *t, const struct bg_row *r, size_t order, const struct bg_generations *ours);
/* Which generation's part i a row is, NULL when it is of others. */
const struct bg_generation *bg_row_owner(const struct bg_target *t, const struct bg_row *r,
					 const struct bg_generations *ours, size_t *ret_part);
/* The rows of one hook, and a row with state 'missing' for each part of ours that is not there. 0 or -errno. */
int bg_hook_json(const struct bg_target *t, const struct bg_generations *ours, json_t *rows);
/* A row of a part that no hook could be asked for. */
json_t *bg_part_json(const struct bg_generation *g, size_t part, const char *state);

#endif
