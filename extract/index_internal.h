/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What index.c (facts) and attempts.c (what was tried) share. */
#ifndef BG_INDEX_INTERNAL_H
#define BG_INDEX_INTERNAL_H

#include <sqlite3.h>

#include "extract/index.h"

struct bg_index {
	sqlite3 *db;
	char *path;
	/* a unit is being stored beside other work; NULL: none is. What it works with: */
	struct bg_task *storing;
	const struct bg_tu *stored;
	struct bg_diags *said;
	int err;
};

/* The latest error of sqlite as a diagnostic; -EIO. */
int bg_index_say(struct bg_index *ix, struct bg_diags *ds);
/*
 * Removes the unit with these flags, of flags NULL all units of a main file: in the caller's transaction. sqlite's
 * code.
 */
int bg_index_forget(struct bg_index *ix, const char *root, const char *main, const struct bg_strv *flags);
/*
 * After sqlite has found the file broken: empties it, so that it can be used again. False: it is not broken, or cannot
 * be emptied.
 */
bool bg_index_reset(struct bg_index *ix, int rc);
/* The only number that a query gives, otherwise. */
long long bg_index_single(struct bg_index *ix, const char *sql, long long otherwise);
/* Flags as the tables have them, a line each. Caller frees. */
char *bg_index_flags(const struct bg_strv *flags);
/*
 * Whether a file has the size and time, or else the content, that it had; sha256 "": only the former. *touched: it has
 * its content still, but another time, which is set.
 */
bool bg_index_unchanged(const char *path, uint64_t size, const char *sha256, uint64_t *mtime_ns, bool *touched);

#endif
