/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The files that a unit may include, found by its #include lines alone, whatever conditions they stand under: more than
 * clang reads, as a rule, and quick. A name that a macro makes is not found. Refuses what is no regular file.
 */
#ifndef BG_SOURCES_H
#define BG_SOURCES_H

#include "core/base.h"
#include "core/diag.h"

struct bg_source { char *path; struct bg_str text; bool system; };      /* path: canonical */

/* What is no regular file; by: the canonical path of the file that includes it, NULL when a flag does. */
struct bg_endless { char *path, *by; unsigned line; };

struct bg_sources {
	BG_VEC(struct bg_source) files; /* the main file first */
	struct bg_strv quoted, angled;  /* folders where they are looked for */
	char *large;                    /* the first header that is too large to be read for this, or NULL */
	struct bg_endless endless;      /* the first of them; path NULL: there is none */
};

/* to: zero before, to be released in any case. args: clang's, with absolute folders. */
void bg_sources_find(struct bg_sources *to, const char *main, const struct bg_strv *args);
/*
 * Whether clang can be let read them: it would wait for a pipe's writer, and read a device until memory ends. 0, or
 * -EINVAL with a diagnostic at the #include. root: the repository's, canonical.
 */
int bg_sources_check(const struct bg_sources *s, const char *root, struct bg_diags *ds);
void bg_sources_done(struct bg_sources *s);

#endif
