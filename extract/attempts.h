/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What came of reading a repository's files for the index: the flags that they were read with in the end, or why they
 * could not be read. By this, what has not changed is not read again, the failed ones included.
 */
#ifndef BG_ATTEMPTS_H
#define BG_ATTEMPTS_H

#include "extract/index.h"
#include "extract/sources.h"
#include "extract/tree.h"

struct bg_attempt {
	struct bg_strv flags;           /* those given, and what was added to them */
	unsigned functions;             /* that the unit defines */
	char *error, *file;             /* NULL: it is indexed; else the first error, and where that is (or NULL) */
	unsigned line;
};
void bg_attempt_done(struct bg_attempt *a);

/*
 * Which units of a repository have to be read (again): compares the files of all with the file system, each once. Units
 * of files that are gone are removed. To be called before bg_attempts_find(), which gives what was noted, 0; -ENOENT:
 * nothing, or something has changed; -EIO with a diagnostic.
 */
int bg_attempts_check(struct bg_index *ix, const struct bg_tree *tree, struct bg_diags *ds);
int bg_attempts_find(struct bg_index *ix, const char *root, const char *main, const struct bg_strv *given,
		     struct bg_diags *ds, struct bg_attempt *ret);
/* The same, whether anything has changed or not. */
int bg_attempts_read(struct bg_index *ix, const char *root, const char *main, const struct bg_strv *given,
		     struct bg_diags *ds, struct bg_attempt *ret);

/*
 * Notes one, in place of what was noted for these flags; with other flags read in the end, the unit of the flags before
 * is removed. tree and read, the files whose change can help, are of failed ones, else NULL. 0, or -EIO with a
 * diagnostic.
 */
int bg_attempts_note(struct bg_index *ix, const char *root, const char *main, const struct bg_strv *given,
		     const struct bg_attempt *a, const struct bg_tree *tree, const struct bg_sources *read,
		     struct bg_diags *ds);

/* The flags that a file was read with when it was given these; false: that is not known. */
bool bg_attempts_flags(struct bg_index *ix, const char *root, const char *main, const struct bg_strv *given,
		       struct bg_strv *ret);

#endif
