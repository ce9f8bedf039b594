/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The sqlite index: facts of translation units, kept between runs (extract/schema.sql). It is a cache and never
 * trusted: rows of a unit whose files changed are not used, an index of another version is made anew.
 */
#ifndef BG_INDEX_H
#define BG_INDEX_H

#include "core/diag.h"
#include "extract/tu.h"

struct bg_index;

/*
 * Opens or makes the index at path. Waits for other processes. 0; -EIO with a diagnostic when path is no index of ours.
 */
int bg_index_open(const char *path, struct bg_diags *ds, struct bg_index **ret);
/* After an error: whether the index was broken, and is empty now, with a warning that says so. */
bool bg_index_repair(const char *path, struct bg_diags *ds);
struct bg_index *bg_index_close(struct bg_index *ix);
void bg_index_closep(struct bg_index **ix);

/*
 * Stores a unit's facts, in place of what it held of this unit (same root, main file and flags). 0 or -EIO with a
 * diagnostic.
 */
int bg_index_store(struct bg_index *ix, const struct bg_tu *f, struct bg_diags *ds);
/*
 * The same beside the caller's work, in a thread. The facts must not be changed or freed before the index is next used
 * for anything, which waits, or bg_index_settle(), which waits and says how it went.
 */
void bg_index_store_beside(struct bg_index *ix, const struct bg_tu *f);
int bg_index_settle(struct bg_index *ix, struct bg_diags *ds);
/*
 * The facts of a unit, when every file that it was made of still has the size and time, or else the content, that it
 * had: 0. -ENOENT: not there or stale; -EIO with a diagnostic.
 */
int bg_index_fetch(struct bg_index *ix, const char *root, const char *main, const struct bg_strv *flags,
		   struct bg_diags *ds, struct bg_tu **ret);

/* Rows of a query for extract/query.c. The callback gets the columns as text (NULL for NULL). */
int bg_index_rows(struct bg_index *ix, const char *sql, const char *const *params, size_t n_params,
		  void (*row)(void *arg, int n, const char *const *columns), void *arg, struct bg_diags *ds);

#endif
