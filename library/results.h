/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The result object of every command that runs stages (docs/json.md, "Stages"): the arrays extract, transform, verify
 * and compose with one item per thing done, and the summary made of them.
 */
#ifndef BG_RESULTS_H
#define BG_RESULTS_H

#include <jansson.h>

#include "core/base.h"
#include "extract/extract.h"
#include "transform/transform.h"
#include "transform/verify.h"

/* The document of a command, whole: {schema, exit, ...content, diagnostics}. New reference. */
json_t *bg_results_document(const char *name, enum bg_exit code, const struct bg_diags *ds, json_t *content);

/* All arrays, empty; spec and out are null for the ad-hoc forms. */
void bg_results_init(json_t *doc, const char *spec, const char *out);

void bg_results_extract(json_t *doc, const char *name, enum bg_exit code, const struct bg_extract_result *r);
/* unit: the name of the extract that it was made from, or NULL. */
void bg_results_transform(json_t *doc, const char *name, const char *unit, enum bg_exit code,
			  const struct bg_transform_result *r);
void bg_results_verify(json_t *doc, const char *name, enum bg_exit code, const struct bg_verify_result *r);

/* A datapath: members are the names in its chain; plan and state are taken over (NULL = none). */
struct bg_results_datapath {
	const char *name;
	enum bg_exit code;
	bool attached;
	const struct bg_strv *members;
	json_t *plan, *state;
};
void bg_results_compose(json_t *doc, const struct bg_results_datapath *d);

/*
 * Whether the plan of a datapath in the document can be carried out, if not here then with the privilege or interface
 * that is missing.
 */
bool bg_results_is_planned(const json_t *datapath);

/* An item that was not run, because what it is made of failed. array: "transform", "verify" or "compose". */
void bg_results_skipped(json_t *doc, const char *array, const char *name);
/* A unit without a port that was not loaded alone; why: in half a sentence. */
void bg_results_not_verified(json_t *doc, const char *name, const char *why);

/*
 * Whether what an extraction's report is about loads: the unit, or, where that is no program, the harness that calls
 * it. Borrowed; may be null.
 */
const json_t *bg_results_loads(const json_t *report, bool *ret_by_harness);

/* Sets doc.summary: one row per unit, ported or not, in the order of the arrays. */
void bg_results_summary(json_t *doc);

/*
 * The exit code of several things done together: what must be looked at first wins. Our bug, then what touched the
 * machine, the command line or spec, upstream, a plain no, a question, and last what the environment lacked.
 */
enum bg_exit bg_exit_worst(enum bg_exit a, enum bg_exit b);

/*
 * A unit's licence: the expression when its sources' go together, else "clash" or "unknown"; NULL without a report.
 * Borrowed.
 */
const char *bg_results_licence(const json_t *report);

#endif
