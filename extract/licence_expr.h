/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* SPDX expressions, and the table of which licences go together (rules/data/licences.tsv). */
#ifndef BG_LICENCE_EXPR_H
#define BG_LICENCE_EXPR_H

#include "core/diag.h"

struct bg_licences; /* the table */

/* NULL with a diagnostic when it cannot be read. */
struct bg_licences *bg_licences_read(struct bg_diags *ds);
struct bg_licences *bg_licences_free(struct bg_licences *t);

/* A set of the table's licences, one bit each: those under which a whole may be passed on. */
typedef uint64_t bg_licence_set;
#define BG_LICENCE_ANY (~(bg_licence_set)0)

struct bg_licence_expr {
	char *text;		/* with today's ids, and no more parentheses than are needed */
	struct bg_strv choices; /* texts of what stands between its outermost ORs; one when there is none */
	bg_licence_set under;
	char *unknown; /* an id that the table lacks, NULL when it knows all */
};

/*
 * Reads an expression: AND, OR, WITH (in small letters, too), parentheses, deprecated ids. 0 with *ret (to be
 * released); -EINVAL when it is none. With an unknown id nothing is said of what goes together: under is empty.
 */
int bg_licence_parse(const struct bg_licences *t, const char *text, struct bg_licence_expr *ret);
void bg_licence_expr_done(struct bg_licence_expr *e);

/* The names of a set, in the order of the table. */
void bg_licence_names(const struct bg_licences *t, bg_licence_set s, struct bg_strv *to);
/* The set of one id, empty when the table has none of that name. */
bg_licence_set bg_licence_bit(const struct bg_licences *t, const char *id);

#endif
