/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What changed which lines of a unit: each place that a rule matched, as spatch reports it, and each edit of our own,
 * both as lines of the unit that the port was made of. It is what transform.json lists as 'changes', so that a reader
 * of the diff finds the rule behind each of its hunks.
 */
#ifndef BG_TRANSFORM_CHANGES_H
#define BG_TRANSFORM_CHANGES_H

#include <jansson.h>

#include "transform/edit.h"
#include "transform/ruleset.h"

/* Appends what the rules matched in 'text', which came of the unit, and forgets it in rs. */
void bg_changes_by_rules(json_t *to, struct bg_ruleset *rs, const struct bg_str *unit, const struct bg_str *text);
/* Appends the edits, whose places are the unit's own. */
void bg_changes_by_edits(json_t *to, const struct bg_edits *edits, const struct bg_str *unit);
/* Appends the one place where 'after' has more than 'before', which came of the unit. */
void bg_changes_by_insertion(json_t *to, const struct bg_str *unit, const struct bg_str *before,
			     const struct bg_str *after, const char *name, const char *says);
/* {line, end_line, set, name, says}; set NULL: no rule's. */
void bg_changes_add(json_t *to, size_t line, size_t end, const char *set, const char *name, const char *says);

#endif
