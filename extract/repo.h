/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Getting at a repository's files: a folder as it stands, or a git URL at a revision, fetched by git (the user's
 * configuration and credentials apply) into the cache folder. Nothing of a repository is ever executed: no hooks, no
 * build scripts, no submodules.
 */
#ifndef BG_REPO_H
#define BG_REPO_H

#include "core/base.h"
#include "core/diag.h"
#include "core/spec.h"

struct bg_repo {
	char *root;             /* folder with the files, canonical */
	char *url;              /* as given */
	char *commit;           /* full hash, or NULL: no git repository */
	bool pinned;            /* the spec named the commit itself */
	bool in_place;          /* the user's own folder, used as it stands */
};

/*
 * A local folder without a revision is used in place. All else is cloned (bare, blobs on demand where the server can)
 * and checked out below the cache folder, once per commit. 0; -ENOENT without git or, offline, without a clone; -EINVAL
 * for what is no repository or revision; -EIO, -ETIMEDOUT from git; all with a diagnostic. offline: only what the cache
 * holds.
 */
int bg_repo_open(const struct bg_spec_repo *what, bool offline, struct bg_diags *ds, struct bg_repo *ret);
void bg_repo_done(struct bg_repo *r);

/*
 * Lines of files under root that match an extended regular expression: "path:line:text" each, at most limit, C sources
 * and headers only. Empty when nothing matches or 'grep' is missing.
 */
void bg_repo_grep(const struct bg_repo *r, const char *regex, size_t limit, struct bg_strv *ret);

#endif
