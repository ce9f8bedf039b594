/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * At which hooks a function could run, as far as two things tell: whose context it takes, and which helpers of the
 * kernel it calls (rules/data/helpers.tsv, by program type).
 */
#ifndef BG_HOOKS_H
#define BG_HOOKS_H

#include <jansson.h>

#include "core/diag.h"

/* What the function, or one that it reaches, needs of its hook, and where that one is defined. */
struct bg_hook_need {
	char *helper;                   /* name, or NULL: */
	char *context;                  /* first parameter is a 'struct context *' */
	char *function, *file;
	unsigned line;
};
struct bg_hook_needs { struct bg_hook_need *v; size_t n, cap; };        /* a BG_VEC that has a name */

void bg_hook_needs_done(struct bg_hook_needs *needs);

/*
 * [{hook, possible, reason, file, line}] of all hooks. possible is false with the first need that excludes the hook;
 * true where none does; null where something is needed and what the hook gives is not known. NULL with a diagnostic
 * when a table cannot be read.
 */
json_t *bg_hooks_judge(const struct bg_hook_needs *needs, struct bg_diags *ds);

#endif
