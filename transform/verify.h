/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stage 2's proof: original and port run on the same packets in the kernel, and everything that they leave is compared.
 */
#ifndef BG_VERIFY_H
#define BG_VERIFY_H

#include "core/base.h"
#include "core/diag.h"
#include "core/hook.h"
#include "core/spec.h"

struct bg_locked;

struct bg_verify_job {
	const char *object_a, *object_b; /* original, port; object_b NULL: the original alone is loaded and run */
	const char *entry_a, *entry_b;	 /* functions */
	const struct bg_hook *hook_a, *hook_b; /* of an original alone: or NULL, as its section says */
	enum bg_pass pass;		   /* what the port returns for "pass" */
	const struct bg_spec_verify *what; /* vectors, maps; may be empty */
	const char *spec_path;		   /* for places in 'maps', or NULL */
	const char *log_dir;		   /* for whole verifier logs, or NULL */
	const struct bg_strv *kernels;	   /* other ones (kernels.h), or NULL */
	const struct bg_locked *locked;	   /* the original's figures in a lock (locked.h), or NULL */
	bool wire;			   /* on devices of their own too (wire.h); BG_EXIT_ENV when they cannot be had */
};

/* What '--wire' showed; all 0 without it. */
struct bg_wire_books {
	size_t packets, equal, differ, not_comparable; /* vectors */
	size_t maps_differ;
	json_t *report; /* the member 'wire' of verify.json, or NULL */
};

struct bg_verify_result {
	bool alone;		      /* there was no port: nothing was compared */
	size_t packets, equal;	      /* vectors run, and those with an equal outcome */
	size_t expected, as_expected; /* vectors that state the original's verdict or packet, and those met */
	int coverage;		      /* of the original's branches, per mille; -1 = unknown */
	struct bg_wire_books wire;
	json_t *report;		      /* the content of verify.json */
};

/*
 * BG_EXIT_OK when all agree, or an original alone loads; BG_EXIT_NO with the first differing byte and both hex dumps as diagnostics; BG_EXIT_USAGE
 * for vectors or maps that cannot be read; BG_EXIT_ENV without privilege (never "equal" then). ret is always to be
 * released.
 */
enum bg_exit bg_verify_run(const struct bg_verify_job *job, struct bg_diags *ds, struct bg_verify_result *ret);
void bg_verify_result_done(struct bg_verify_result *r);

#endif
