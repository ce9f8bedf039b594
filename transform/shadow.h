/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Coccinelle 1.1 has no scopes for names of types: behind 'typedef enum d {...} direction;' it cannot parse a function
 * with a parameter 'direction'. libclang tells the type from the variable, so that the type bears another name while
 * the rules run. Nor can it parse each call of a macro at file level: one that makes functions is a comment meanwhile.
 */
#ifndef BG_TRANSFORM_SHADOW_H
#define BG_TRANSFORM_SHADOW_H

#include "transform/edit.h"

/*
 * Adds the edits that give types whose names variables of the unit bear, too, a name of their own, and those that make
 * comments of such calls; none when there are none of both. As bg_facts_read(), whose result f is of the same source.
 */
int bg_shadow_hide(const struct bg_facts *f, const struct bg_strv *cflags, struct bg_diags *ds, struct bg_edits *e);
/* Takes these names out of a text again, in place. */
void bg_shadow_show(struct bg_str *text);

#endif
