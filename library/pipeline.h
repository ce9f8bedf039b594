/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The stages one after the other for the items of a spec. */
#ifndef BG_PIPELINE_H
#define BG_PIPELINE_H

#include <jansson.h>

#include "core/lock.h"
#include "core/spec.h"

enum bg_step {
	BG_STEP_EXTRACT = 1,
	BG_STEP_TRANSFORM = 2,
	BG_STEP_VERIFY = 4,
	BG_STEP_PLAN = 8,
	BG_STEP_APPLY = 16,             /* instead of BG_STEP_PLAN: plans too */
};

/* Which items of the spec are wanted; what these are made of is run as well. */
enum bg_goal { BG_GOAL_ALL, BG_GOAL_EXTRACT, BG_GOAL_TRANSFORM, BG_GOAL_COMPOSE };

struct bg_pipeline_job {
	const struct bg_spec *spec;
	const struct bg_lock *lock;     /* of the spec, applied to it; NULL: there is none */
	struct bg_diags *ds;
	json_t *doc;                    /* an object, which gets the results (library/results.h) */
	void (*item_done)(void *arg);   /* called after each item, whose diagnostics are in ds, or NULL */
	void *arg;
	bool offline;                   /* nothing is fetched */
	bool locked;                    /* what the lock does not allow is an error */
	unsigned steps;                 /* enum bg_step */
	enum bg_goal goal;
	const char *name;               /* of the one extract or transform wanted, which the spec has; NULL = all. With alone an extract is verified alone */
	const struct bg_strv *only;     /* names of extracts, transforms and chains; of BG_GOAL_ALL all others are left out; NULL = all */
	const char *index;              /* the index file, NULL = the one in the cache */
	const char *out;                /* output folder, NULL = out/SPECNAME */
	bool prove_minimal;             /* at extract */
	bool exact;                     /* at extract */
	unsigned emit;                  /* at plan: enum bg_emit */
	const char *registry;           /* at plan: of images for bpfman, NULL = localhost */
	bool only_changed;              /* at apply: leaves alone what is attached as the spec says */
	bool no_compare;                /* do not compile, compare and load at extract */
	const struct bg_strv *kernels;  /* at verify: other kernels beside those of the spec, or NULL */
	bool wire;                      /* at verify: on devices too */
	bool alone;                     /* at verify: extracts that no transform of the spec is made from, too */
	bool measure;                   /* at compose: what a packet costs */
};

/* The output folder of a spec when none is said: out/SPECNAME. Caller frees. */
char *bg_out_dir(const char *spec_path);
/*
 * Runs the steps over the spec. An item whose input failed is skipped, with a note. An input that merely could not be
 * loaded for want of privilege counts as made. The worst exit code of all items (bg_exit_worst).
 */
enum bg_exit bg_pipeline_run(const struct bg_pipeline_job *job);

#endif
