/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A repository's history: which commits there are, what they changed, and its files at any of them. For what compares
 * versions of upstream; with extract.h and query.h the interface of this folder. Everything goes through the clone in
 * the cache, and nothing of upstream's is executed.
 */
#ifndef BG_HISTORY_H
#define BG_HISTORY_H

#include <jansson.h>

#include "core/base.h"
#include "core/diag.h"
#include "core/fs.h"
#include "core/spec.h"

struct bg_history {
	char *git_dir;
	char *name; /* of the repository, as a folder can be called */
	bool offline;
	char *stale; /* why what is known of branches and tags is not of now; NULL: it is */
	/* The files of one commit at a time, in a folder of this process. */
	struct bg_tmpdir tmp;
	char *root, *at; /* the folder, and the commit that is in it; NULL: none yet */
};

/* A change of a file; from and to are equal, but where it was renamed. status as git's: 'A', 'D', 'M', 'R'... */
struct bg_file_change {
	char status;
	char *from, *to;
};
struct bg_file_changes {
	struct bg_file_change *v;
	size_t n, cap;
};

/*
 * The clone, with branches and tags as they are upstream now; a clone that git cannot read is made anew. 0; -EINVAL
 * for what is no git repository; another negative errno; with a diagnostic. ret is always to be released.
 */
int bg_history_open(const struct bg_spec_repo *what, bool offline, struct bg_diags *ds, struct bg_history *ret);
void bg_history_done(struct bg_history *h);

/* The commit of a branch, tag or abbreviation (NULL: the default branch); NULL: there is none. Caller frees. */
char *bg_history_commit(struct bg_history *h, const char *revision);
/* Whether the commit itself is there, and whether a branch or tag leads to it. */
bool bg_history_has(const struct bg_history *h, const char *commit);
bool bg_history_kept(const struct bg_history *h, const char *commit);
bool bg_history_is_tag(const struct bg_history *h, const char *name);
/* Whether commit a comes before b (or is it). */
bool bg_history_leads(const struct bg_history *h, const char *a, const char *b);
/* The last commit that both have; NULL: there is none. Caller frees. */
char *bg_history_fork(const struct bg_history *h, const char *a, const char *b);

/* {commit, subject, author, date}. New reference. */
json_t *bg_history_about(const struct bg_history *h, const char *commit);
/*
 * Which files differ between two commits; renames: a file that went and one like it that came are one change. 0 or
 * -EIO; bg_file_changes_done() in any case.
 */
int bg_history_files(const struct bg_history *h, const char *a, const char *b, bool renames,
		     struct bg_file_changes *ret);
void bg_file_changes_done(struct bg_file_changes *c);
/*
 * Commits behind a up to b, oldest first, along first parents; paths: only those that touch one of them (n == 0: all).
 */
int bg_history_list(const struct bg_history *h, const char *a, const char *b, const struct bg_strv *paths,
		    struct bg_strv *ret);
/*
 * [{commit, subject, author, date}] of the commits behind a up to b that changed lines first..last (as in b) of a
 * file, newest first, at most limit; last 0: any line. New reference.
 */
json_t *bg_history_of_lines(const struct bg_history *h, const char *a, const char *b, const char *file, unsigned first,
			    unsigned last, size_t limit);
/* Where a line of a file at commit a stands at commit b, as their difference tells. */
unsigned bg_history_line(const struct bg_history *h, const char *a, const char *b, const char *file, unsigned line);
/* A file's text at a commit; NULL: it is not there, or its content is not. */
char *bg_history_text(const struct bg_history *h, const char *commit, const char *file);

/* Puts the commit's files into h->root. 0 or a negative errno with a diagnostic. */
int bg_history_move(struct bg_history *h, const char *commit, struct bg_diags *ds);

#endif
