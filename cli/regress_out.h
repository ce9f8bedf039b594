/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The result of 'regress' in other people's formats, made of its document alone (docs/json.md). What comes from
 * upstream - paths, names, subjects of commits, text - is hostile, and escaped by each format's rules.
 */
#ifndef BG_REGRESS_OUT_H
#define BG_REGRESS_OUT_H

#include "cli/cmd.h"

/*
 * Writes the files that are not NULL, whole or not at all. Returns code, or BG_EXIT_ENV with a diagnostic when code was
 * less and one could not be written.
 */
enum bg_exit bg_regress_write(struct bg_ctx *c, const char *sarif, const char *junit, const char *markdown,
			      enum bg_exit code);

/* SARIF 2.1.0: a result for each unit that changed, at the spec's line; diagnostics of their own are notifications. */
json_t *bg_regress_sarif(const json_t *doc, const struct bg_diags *ds, enum bg_exit code);
/* JUnit XML: a suite for each spec, a case for each unit. Caller frees. */
char *bg_regress_junit(const json_t *doc);
/* Markdown for a comment, at most as long as GitHub takes. Caller frees. */
char *bg_regress_markdown(const json_t *doc);

/* --- shared by them */

/* One line that says what became of a unit. Caller frees. */
char *bg_regress_sentence(const json_t *item);
/* The id of the diagnostic that a unit's status is: "BG4010"; NULL: none. */
const char *bg_regress_id(const json_t *item);

#endif
