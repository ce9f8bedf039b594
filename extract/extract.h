/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Stage 1: from a repository and a place in it to a minimal compilable unit and its evidence.
 * This header is the stage's whole interface; the other headers in this folder are its inside.
 */
#ifndef BG_EXTRACT_H
#define BG_EXTRACT_H

#include "core/base.h"
#include "core/diag.h"
#include "core/hook.h"
#include "core/spec.h"

struct bg_extract_job {
	const struct bg_spec_repo *repo;
	const struct bg_spec_extract *what;     /* name, file, line or function, cflags, resolve */
	const char *dir;                        /* output folder, made when missing */
	const char *basename;                   /* files are DIR/BASENAME.bpf.c ...; NULL = the entry function's name */
	/* compile unit and upstream, compare, load; false: only write the unit */
	bool verify;
	bool prove_minimal;                     /* with verify: try every removal, leave out what can go */
	bool exact;                             /* with verify: keep the other code of upstream's that identity needs */
	bool offline;                           /* git may not use the network */
	const char *index_path;                 /* NULL = in the cache folder, one per repository */
};

struct bg_extract_result {
	/* paths of the unit and its object; object NULL when it did not compile */
	char *source, *object;
	char *entry;                            /* function */
	const struct bg_hook *hook;             /* NULL when its section is no hook that bpfgraft knows */
	struct bg_strv cflags;                  /* what the unit needs to compile: no -I, no -D of upstream */
	json_t *report;                         /* the content of extract.json */
};

/*
 * Writes NAME.bpf.c, NAME.bpf.o, functions.json, maps.json, extract.json into the folder. BG_EXIT_OK; BG_EXIT_NO when
 * the unit differs from upstream or does not load where upstream does; BG_EXIT_ASK with unanswered questions (the unit
 * is written); BG_EXIT_USAGE for a place that is no function; BG_EXIT_ENV; BG_EXIT_UPSTREAM. ret is always to be
 * released.
 */
enum bg_exit bg_extract_run(const struct bg_extract_job *job, struct bg_diags *ds, struct bg_extract_result *ret);
void bg_extract_result_done(struct bg_extract_result *r);

#endif
