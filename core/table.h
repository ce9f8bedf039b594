/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Tables for people, by libsmartcols: a header line, aligned columns, as wide as the terminal. */
#ifndef BG_TABLE_H
#define BG_TABLE_H

#include "core/base.h"

struct bg_table;

/* Columns by name, NULL-terminated; a name that starts with '>' is right-aligned. */
struct bg_table *bg_table_new(const char *const *columns);
/* One row: as many cells as columns; NULL prints '-'. Copied. */
void bg_table_row(struct bg_table *t, const char *const *cells);
void bg_table_print(struct bg_table *t, FILE *out);      /* the header also when there are no rows */
struct bg_table *bg_table_free(struct bg_table *t);

#endif
