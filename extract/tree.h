/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The names of a repository's files: which to index, and which folder has a header that an #include line asks for. */
#ifndef BG_TREE_H
#define BG_TREE_H

#include "core/fs.h"

struct bg_tree {
	char *root;
	/* regular files below root, sorted; none in folders that start with '.', none through symbolic links */
	struct bg_strv files;
	struct bg_hash headers;         /* of the names of those that can be included */
	bool cut_off;                   /* there are more than BG_TREE_MAX */
};
#define BG_TREE_MAX 500000

/*
 * Borrowed until another root's is asked for. anew: looks again, instead of giving what was found before in this
 * process.
 */
const struct bg_tree *bg_tree_get(const char *root, bool anew);

/*
 * The folder, relative to the root ("." for itself), below which 'name' of an #include line is; of several the one
 * nearest to the file that includes it, but none of those in not. NULL: none. Caller frees.
 */
char *bg_tree_folder(const struct bg_tree *t, const char *name, const char *includer, const struct bg_strv *not);

#endif
