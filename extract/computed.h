/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The names of files that macros make in #include lines. All definitions that the sources and flags have of a macro are
 * taken, whatever conditions they stand under, so that more comes out, as a rule, than clang reads. Of what would never
 * end the first so many are looked at.
 */
#ifndef BG_COMPUTED_H
#define BG_COMPUTED_H

#include "core/base.h"

struct bg_sources;
struct bg_computed;

/* The definitions in the files of s (from number 'from' on) and in clang's arguments (NULL: none) are added to c. */
struct bg_computed *bg_computed_add(struct bg_computed *c, const struct bg_sources *s, size_t from,
				    const struct bg_strv *args);
struct bg_computed *bg_computed_free(struct bg_computed *c);
/* What the operand of an #include can become, of that "name" and <name> with their quotes; added to ret. */
void bg_computed_names(struct bg_computed *c, const char *operand, struct bg_strv *ret);

#endif
