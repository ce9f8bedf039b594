/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Rule files: one idea each, with a header that says what it does and for which hooks (docs/transform.md). */
#ifndef BG_TRANSFORM_RULESET_H
#define BG_TRANSFORM_RULESET_H

#include "core/base.h"
#include "core/diag.h"

/*
 * Where a rule matched: a line of the text that spatch was given; or, in a function that earlier rules had changed, of
 * the copy of that function which spatch made of it and read anew.
 */
struct bg_rule_place {
	char *copy; /* its path, or NULL */
	size_t line;
};

struct bg_rule {
	char *name; /* "50-verdict" */
	char *set;  /* "xdp-to-tc" */
	char *path;
	char *says; /* the '///' sentence */
	char *confidence, *from, *to, *diag, *limits, *requires;
	char *text; /* the whole file */
	struct bg_strv virtuals;
	size_t count; /* places that it changed, filled in by bg_spatch_run() */
	BG_VEC(struct bg_rule_place) places; /* of the last run; bg_changes_by_rules() takes them */
};

struct bg_ruleset {
	BG_VEC(struct bg_rule) rules;
};

/* The rules of a set ("xdp-to-tc"), or of all sets (NULL), in the order of their names. -ENOENT without a diagnostic
 * when there is no such set. */
int bg_ruleset_read(const char *set, struct bg_diags *ds, struct bg_ruleset *ret);
/* Whether there is a set that ports from one family of hooks to another. */
bool bg_ruleset_exists(const char *from, const char *to);
void bg_ruleset_done(struct bg_ruleset *rs);
void bg_rule_forget_places(struct bg_rule *r);
/* All rules as one semantic patch. Caller frees. */
char *bg_ruleset_combine(const struct bg_ruleset *rs);

#endif
