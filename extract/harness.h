/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A program around a helper function, so that what is no program can be compared, loaded and run: NAME.harness.bpf.c
 * includes the unit and calls the function with the context, the packet, and values that a loader sets (bg_harness_in).
 * What the call leaves behind goes to bg_harness_out and to the program's return value, so that nothing of it can be
 * optimised away.
 */
#ifndef BG_EXTRACT_HARNESS_H
#define BG_EXTRACT_HARNESS_H

#include <jansson.h>

#include "core/diag.h"
#include "core/hook.h"
#include "extract/harness_args.h"
#include "extract/tu.h"

struct bg_harness {
	char *function;                 /* that it calls */
	char *entry;                    /* its own */
	char *file, *object;            /* paths; the object is there once it compiled */
	char *unit;                     /* file name of the unit that it includes */
	const struct bg_hook *hook;
	struct bg_args args;
	bool declares_licence;          /* upstream has none */
	size_t variant;                 /* of harness.c: how careful it calls */
	int loads;                      /* 1 yes, 0 no, -1 not tried */
	char *why;                      /* it does not load; or NULL */
};

/*
 * Decides hook and arguments from upstream's facts, the unit and the index, and writes BASE.harness.bpf.c. 0; -ENOTSUP
 * with *ret_why (caller frees) where the function cannot be called from a program; another negative errno with a
 * diagnostic. ret is always to be released.
 */
int bg_harness_make(const struct bg_tu *f, const struct bg_f_decl *function, const char *base,
		    const struct bg_strv *unit_flags, const char *index_path, struct bg_diags *ds,
		    struct bg_harness *ret, char **ret_why);
void bg_harness_done(struct bg_harness *h);

/*
 * Compiles the harness and, with load, loads it; where the verifier wants more than the plainest call gives (checked
 * bounds, small numbers), rewrites it more carefully until it loads. What never loads is left as plain as possible,
 * with the verifier's reason as warnings in ds. 0 when it compiles, loaded or not (h->loads); -EINVAL with clang's
 * errors as warnings when it does not; -EIO, -ENOENT with an error.
 */
int bg_harness_settle(struct bg_harness *h, const struct bg_strv *unit_flags, bool load, struct bg_loc at,
		      struct bg_diags *ds);

/*
 * Writes to path the same program around upstream's whole file (main, absolute); of an empty harness only its #include.
 */
int bg_harness_reference(const struct bg_harness *h, const char *main, const char *path);

/* All of the harness but its #include; caller frees. */
char *bg_harness_text(const struct bg_harness *h);

/* What the optimiser may not look into, separated by commas: the entry and its variables. Caller frees. */
char *bg_harness_symbols(const struct bg_harness *h);

json_t *bg_harness_report(const struct bg_harness *h);

#endif
