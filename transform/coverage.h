/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which branches of a program packets reached. A branch is a conditional jump of the compiled program, with its two
 * ways; in the report the copies that the compiler made of a line (loops unrolled, functions inlined) are one. What
 * could not be measured is unknown, with the reason, and never a number.
 */
#ifndef BG_COVERAGE_H
#define BG_COVERAGE_H

#include <jansson.h>

#include "core/diag.h"
#include "transform/trace.h"

struct bg_way {
	const char *file, *to_file; /* NULL: the object has no lines */
	uint32_t line, col, to_line, to_col;
	bool noted, seen;
};

struct bg_coverage {
	char *why;				/* it is not measured, or NULL */
	BG_VEC(struct bg_way) ways;		/* two for each branch of the trace, in its order */
	struct bg_strv files;			/* owns the names */
	size_t n, reached, lines, lines_missed; /* after bg_coverage_json() */
};

/* Learns the ways from a traced program; once. Later traces of the same object have the same ways. */
void bg_coverage_learn(struct bg_coverage *c, const struct bg_trace *t);
/* Adds what the trace's last run did; returns how many ways were new. */
size_t bg_coverage_add(struct bg_coverage *c, const struct bg_trace *t);
/*
 * {"measured", "why", "branches", "reached", "percent", "unknown", "missed": [...], "covered": [...]}: docs/json.md. Also
 * the numbers for a summary, and notes for the first few branches that nothing reached, when ds is not NULL.
 */
json_t *bg_coverage_json(struct bg_coverage *c, struct bg_diags *ds);
void bg_coverage_done(struct bg_coverage *c);

#endif
