/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The licence of a unit: whether those of the sources that it has text of go together, and whether SEC("license")
 * agrees with them and with what the unit calls. It compares statements; it reads no licence for the user, and a file
 * without a statement stays unknown.
 */
#ifndef BG_LICENCE_H
#define BG_LICENCE_H

#include <jansson.h>

#include "core/diag.h"
#include "extract/closure.h"

struct bg_licence_job {
	const struct bg_tu *f;
	const struct bg_closure *c;
	const char *root;	      /* of the repository */
	const struct bg_strv *accept; /* ids of questions that are answered: "BG1111" */
	bool is_program;	      /* else no SEC("license") is expected */
};

/*
 * The licence object of extract.json (docs/json.md), new reference; NULL with an error when a table is broken. An open
 * clash is a question in ds and appended to questions, with *ret_asked set; what the user should know is notes.
 */
json_t *bg_licence_judge(const struct bg_licence_job *job, struct bg_diags *ds, json_t *questions, bool *ret_asked);

/* The name of the file at a repository's root that tells its licence (LICENSE, COPYING...), NULL: there is none. Caller
 * frees. */
char *bg_licence_file(const char *root);

#endif
