/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of this folder share: one run, its repositories, and each extract that is watched. */
#ifndef BG_REGRESS_WATCH_H
#define BG_REGRESS_WATCH_H

#include "core/diag.h"
#include "core/fs.h"
#include "extract/history.h"
#include "regress/regress.h"

struct bg_upstream { /* a repository, once for all specs that name it */
	char *url;
	struct bg_history h;
	enum bg_exit state; /* BG_EXIT_OK: it can be asked */
	bool moving;	    /* that there is no lock has been said */
};

struct bg_run {
	const struct bg_regress_job *job;
	struct bg_diags *ds;
	struct bg_tmpdir tmp;
	char *index; /* of what is read at other commits: in tmp, because it is of no use later */
	BG_VEC(struct bg_upstream *) upstreams;
	json_t *items; /* of the document */
};

struct bg_trial {	/* of a unit's stages */
	json_t *stages; /* [{stage, name, result, exit}] */
	json_t *figures;
	struct bg_diags *said;
	bool broken;
};

struct bg_watch { /* an extract */
	struct bg_run *run;
	struct bg_group *group;
	const struct bg_spec_extract *what;
	struct bg_upstream *up;
	struct bg_diags *said;	 /* what the stages say of it; goes into its row */
	json_t *row;		 /* of the document */
	char *base, *target;	 /* commits; NULL: not known */
	char *origin;		 /* the commit that lines in the spec are of; NULL: not known */
	bool absent;		 /* there is no unit at the base, which is the begin of a range */
	bool locked;		 /* the base is the lock's */
	char *entry;		 /* its function at the base */
	json_t *closure, *files; /* at the base: bg_lock_closure(), extract.json's files; NULL: not known */
	json_t *figures;	 /* at the base; NULL: not known */
	json_t *report;		 /* extract.json at the base; NULL: not looked at */
	struct bg_trial *before; /* of the stages at the base; NULL: not tried */
};

struct bg_group { /* the extracts of a spec */
	struct bg_spec *spec;
	struct bg_lock *lock; /* or NULL */
	struct bg_watch *v;   /* parallel to spec->extracts */
};

/* --- base.c: what is compared with what */

/* Finds both commits, and what the base consists of. BG_EXIT_OK, or why it cannot be compared, with diagnostics. */
enum bg_exit bg_watch_begin(struct bg_watch *w);
/* Looks at the base, unless that is done or cannot be: whether w->report is there. */
bool bg_watch_look_back(struct bg_watch *w);
void bg_watch_done(struct bg_watch *w);
struct bg_loc bg_watch_place(const struct bg_watch *w);

/* --- look.c: a unit at a commit, without compiling it */

struct bg_look {
	enum bg_exit code;
	json_t *report; /* extract.json, or NULL */
	struct bg_diags *said;
};

/* The spec, with this repository at that commit. NULL with a diagnostic. */
struct bg_spec *bg_watch_spec(struct bg_watch *w, const char *commit, struct bg_diags *ds);
void bg_watch_look(struct bg_watch *w, const char *commit, struct bg_look *ret);
/* The message of the first error, else of the first warning; NULL: there is none. Borrowed. */
const char *bg_first_error(const struct bg_diags *ds);
void bg_look_done(struct bg_look *l);
/*
 * Whether nothing between two commits can have changed a unit that was read from these files; files NULL: whatever it
 * would be read from.
 */
bool bg_watch_untouched(const struct bg_watch *w, const json_t *files, const char *from, const char *to);

/* --- changes.c: what differs */

/*
 * [{change, kind, symbol, file, was_in}] between two closures; change is changed, added, removed or moved. Empty: they
 * are the same. New reference.
 */
json_t *bg_changes_between(const json_t *was, const json_t *is);
/*
 * Adds to each its lines, the difference and the commits that made it: {line, end_line, was_line, was_end_line, diff,
 * commits}. was and is: extract.json at both commits, was may be NULL.
 */
void bg_changes_explain(struct bg_watch *w, json_t *changes, const char *from, const json_t *was, const char *to,
			const json_t *is);

/* --- stages.c: whether what has changed still works */

/* Takes the unit at a commit through the stages of its spec; out: folder, NULL = one that is removed. */
void bg_trial_of(struct bg_watch *w, const char *commit, const char *out, struct bg_trial *ret);
/* What failed before as well is no regression: marks it, and decides anew whether anything is broken. */
void bg_trial_compare(struct bg_trial *now, const struct bg_trial *before);
/* The stages at the base, run when that is first asked. NULL: the base is gone. */
const struct bg_trial *bg_trial_before(struct bg_watch *w);
void bg_trial_done(struct bg_trial *o);

/* --- walk.c: commit by commit */

/*
 * {changed, broke, commits, looks}: the first commit behind the base at which the unit is another, and at which it is
 * broken or gone (null when it is not, or there is no such commit); of how many commits, and at how many was looked.
 * files: of the repository that the unit has now, or NULL. New reference.
 */
json_t *bg_walk_bisect(struct bg_watch *w, const json_t *files, bool broken);
/* [{commit, subject, author, date, status, changes, stages}] of every commit between base and target. New reference. */
json_t *bg_walk_each(struct bg_watch *w);

#endif
