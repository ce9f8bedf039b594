/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Stage 2: rewrites a unit for another hook, or refuses and says where and why. This header and verify.h are the stage's
 * whole interface.
 */
#ifndef BG_TRANSFORM_H
#define BG_TRANSFORM_H

#include "core/base.h"
#include "core/diag.h"
#include "core/hook.h"
#include "core/spec.h"

struct bg_transform_job {
	const char *source;                     /* a unit that compiles standing alone (with cflags) */
	const char *entry;                      /* function; NULL = the only program in the unit */
	const struct bg_hook *from, *to;        /* from NULL = by the entry's section; to NULL = legacy maps only */
	enum bg_pass pass;                      /* BG_PASS_ACCEPT or BG_PASS_CONTINUE */
	const struct bg_strv *cflags;           /* clang flags of the unit */
	const struct bg_strv *accept;           /* "BG2301"...: questions answered with yes */
	const char *kernel;                     /* "6.1": judged by the tables' column for it; NULL = the running kernel, asked */
	const char *out;                        /* path of the new unit; OUT.diff, OUT.json, OUT's .o and bpfgraft/ stand beside it */
	bool load;                              /* load the result at the target hook when allowed */
};

struct bg_transform_result {
	char *source, *object, *diff;           /* paths; NULL when not made */
	char *entry;
	size_t rules;                           /* how many rules changed something */
	json_t *report;                         /* the content of transform.json */
};

/* Feasibility alone (`bpfgraft check`): BG_EXIT_OK, BG_EXIT_NO, BG_EXIT_ASK (unaccepted questions), BG_EXIT_UPSTREAM (does not parse). */
enum bg_exit bg_transform_check(const struct bg_transform_job *job, struct bg_diags *ds, json_t **ret_report);

/*
 * Legacy maps become BTF maps in any case; with no target hook that is all, and the unit may hold any number of programs.
 * Check, rewrite, gate, scan for residue, diff, compile, load. No output file unless the result is BG_EXIT_OK, or
 * BG_EXIT_ENV when all was done but loading lacked the privilege. ret is always to be released.
 */
enum bg_exit bg_transform_run(const struct bg_transform_job *job, struct bg_diags *ds, struct bg_transform_result *ret);
void bg_transform_result_done(struct bg_transform_result *r);

/* `bpfgraft rules`: [{set, name, says, confidence, from, to, limits}], from the rules' own headers. NULL with a diagnostic. */
json_t *bg_transform_rules(struct bg_diags *ds);

/* Coccinelle's program: $BPFGRAFT_SPATCH, else spatch. Borrowed. */
const char *bg_spatch(void);

#endif
