/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Running git, and the clones that the cache holds. */
#ifndef BG_GIT_H
#define BG_GIT_H

#include "core/diag.h"
#include "core/proc.h"

/*
 * git, told to run nothing that a repository or its server brings along, and never to ask on a terminal. env: added to
 * the environment, or NULL. As bg_proc_check(), or bg_proc_run() with ds NULL.
 */
int bg_git(struct bg_proc_result *r, struct bg_diags *ds, const char *const *env, const char *const *args);
#define BG_GIT(r, ds, env, ...) bg_git(r, ds, env, (const char *const[]){ __VA_ARGS__, NULL })

/* For env: in a clone without all blobs git fetches what is missing, whatever it is asked to do; this forbids it. */
extern const char *const bg_git_no_network[];

/* A folder that is itself a bare repository, or a work tree's root: git can clone it. */
bool bg_git_is_repository(const char *path);
/* Whether git can read the clone, as far as a look at one of its branches tells; without git nothing tells against it. */
bool bg_git_sound(const char *git_dir);
/* Removes a clone that cannot be read. */
void bg_git_discard(const char *git_dir);

/* The full hash of a revision, NULL when the repository lacks it. Caller frees. */
char *bg_git_resolve(const char *git_dir, const char *revision, bool offline);

/*
 * The bare clone of url in the cache, made when missing or when it is no repository any more. 0; -ENOENT offline
 * without one; another negative errno; with a diagnostic at that place. Caller frees *ret.
 */
int bg_git_clone(const char *url, bool offline, struct bg_loc at, struct bg_diags *ds, char **ret);

/*
 * Brings all branches and tags of the clone to where they are upstream, and forgets those that are gone; several
 * processes wait for each other. NULL, or what git said when it could not. Caller frees.
 */
char *bg_git_fetch(const char *git_dir);

/* Writes the files of a commit into the folder tmp/NAME, which exists; what of another commit is there is replaced.
 * 0 or a negative errno with a diagnostic of git's. */
int bg_git_write_tree(const char *git_dir, const char *commit, bool offline, const char *tmp, const char *name,
		      struct bg_diags *ds);

#endif
