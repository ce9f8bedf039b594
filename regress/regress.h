/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What upstream did to the units of a spec since it was locked. This header is the folder's whole interface; the other
 * headers in it are its inside.
 */
#ifndef BG_REGRESS_H
#define BG_REGRESS_H

#include <jansson.h>

#include "core/lock.h"

/* How far a unit that has changed is taken. */
enum bg_regress_until { BG_REGRESS_CLOSURE, BG_REGRESS_EXTRACT, BG_REGRESS_TRANSFORM, BG_REGRESS_COMPOSE };

/* What is exit code 1: what the specs' on_change says, or whatever is broken, or changed. */
enum bg_regress_fail { BG_REGRESS_FAIL_SPEC, BG_REGRESS_FAIL_BROKEN, BG_REGRESS_FAIL_CHANGED };

struct bg_regress_job {
	const struct bg_strv *specs; /* paths */
	const char *name;	     /* of the only extract that is wanted; NULL = all */
	const char *to;		     /* revision; NULL = the default branch */
	const char *from;	     /* revision to compare with; NULL = the locked commit, or the spec's revision */
	bool each;		     /* every commit between, compared with the one before it */
	bool bisect;		     /* name the commits that changed and that broke a unit */
	bool offline, locked;
	enum bg_regress_until until;
	enum bg_regress_fail fail_on;
	const char *out; /* folder for the units at the new commit: OUT/SPECNAME/...; NULL = they are not kept */
};

/*
 * Compares; fills doc (docs/json.md, "regress"). BG_EXIT_OK; BG_EXIT_NO with drift that the specs do not allow;
 * BG_EXIT_USAGE, BG_EXIT_ENV, BG_EXIT_UPSTREAM where nothing could be compared.
 */
enum bg_exit bg_regress_run(const struct bg_regress_job *job, struct bg_diags *ds, json_t *doc);

/* The extracts of the specs as a CI system's matrix, doc.include: [{spec, name, repository, at}]; nothing is fetched.
 */
enum bg_exit bg_regress_list(const struct bg_regress_job *job, struct bg_diags *ds, json_t *doc);

/*
 * The figures of a unit by which two versions of it are compared, of extract.json (NULL: none): {instructions, verdict,
 * loads, verifier_instructions, states, peak_states, max_states_per_insn}; what is not known is left out. New reference.
 */
json_t *bg_regress_figures(const json_t *report);

#endif
