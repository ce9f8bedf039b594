/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Running Coccinelle. spatch says nothing of what it skips, so its parse is gated before; it changes nothing by itself
 * that was not asked for, and every place that a rule matched is counted.
 */
#ifndef BG_TRANSFORM_SPATCH_H
#define BG_TRANSFORM_SPATCH_H

#include "transform/facts.h"
#include "transform/ruleset.h"

/*
 * Parses file by spatch: every function of f (the facts of the same text) that it cannot parse is an error
 * BG_ID_UNPARSED at its line of the unit. hidden: but for those that macros make, which bg_shadow_hide() has made
 * comments. 0, -EINVAL, -ENOENT without spatch.
 */
int bg_spatch_gate(const char *file, const struct bg_facts *f, bool hidden, struct bg_diags *ds);

struct bg_spatch_opts {
	const char *entry; /* as the unit spells it */
	bool blind, chain; /* virtual rules of that name */
	const char *maps;  /* path of the table for rules/legacy-maps, or NULL */
};

/* Applies the rules to file, in place, and counts in rs. 0; -ENOENT without spatch; -EIO, -ETIMEDOUT with
 * BG_ID_TOOL_FAILED. */
int bg_spatch_run(const char *file, struct bg_ruleset *rs, const struct bg_spatch_opts *opts, const char *tmp_dir,
		  struct bg_diags *ds);

#endif
