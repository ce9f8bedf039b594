/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The files that a unit may include, found by its #include lines alone, whatever conditions they stand under: more than clang reads, as a rule, and quick. A
 * name that a macro makes is not found.
 */
#ifndef BG_SOURCES_H
#define BG_SOURCES_H

#include "core/base.h"

struct bg_source { char *path; struct bg_str text; bool system; };      /* path: canonical */

struct bg_sources {
	BG_VEC(struct bg_source) files; /* the main file first */
	struct bg_strv quoted, angled;  /* folders where they are looked for */
	char *large;                    /* the first header that is too large to be read for this, or NULL */
};

/* to: zero before, to be released in any case. args: clang's, with absolute folders. */
void bg_sources_find(struct bg_sources *to, const char *main, const struct bg_strv *args);
void bg_sources_done(struct bg_sources *s);

#endif
