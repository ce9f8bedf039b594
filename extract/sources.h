/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The files that a unit may include, found by its #include lines alone, whatever conditions they stand under: more than
 * clang reads, as a rule, and quick. Refuses what is no regular file.
 */
#ifndef BG_SOURCES_H
#define BG_SOURCES_H

#include "core/base.h"
#include "core/diag.h"
#include "core/fs.h"
#include "extract/lex.h"

struct bg_source {
	char *path;                     /* canonical */
	struct bg_str text;
	bool system;
	/* by bg_sources_read_ahead(): */
	bool is_read;
	struct bg_lexed lexed;          /* of a system file the directives alone */
	struct bg_hash sha;             /* of others */
};

struct bg_computed_include { size_t file, off; char *operand; };

/* What is no regular file; by: the canonical path of the file that includes it, NULL when a flag does. */
struct bg_endless { char *path, *by; unsigned line; };

struct bg_sources {
	BG_VEC(struct bg_source) files; /* the main file first */
	struct bg_strv quoted, angled;  /* folders where they are looked for */
	char *large;                    /* the first header that is too large to be read for this, or NULL */
	struct bg_endless endless;      /* the first of them; path NULL: there is none */
	struct bg_strv known;           /* for bg_realpath_known() */
	/* #include lines whose name a macro makes: file, offset of the line, the text behind the directive */
	BG_VEC(struct bg_computed_include) computed;
	struct bg_strv sought; /* what #include lines named, with the folder of their file before quoted names */
};

/* to: zero before, to be released in any case. args: clang's, with absolute folders. */
void bg_sources_find(struct bg_sources *to, const char *main, const struct bg_strv *args);
/*
 * Whether clang can be let read them: it would wait for a pipe's writer, and read a device until memory ends. 0, or
 * -EINVAL with a diagnostic at the #include. root: the repository's, canonical.
 */
int bg_sources_check(const struct bg_sources *s, const char *root, struct bg_diags *ds);
/* Lexes and hashes them: what can be done while libclang is being loaded, and need not be done behind it then. */
void bg_sources_read_ahead(struct bg_sources *s);
/* The file of that path, if it was read ahead and has this content; else NULL. */
const struct bg_source *bg_sources_ahead(const struct bg_sources *s, const char *path, const char *text, size_t n);
void bg_sources_done(struct bg_sources *s);

#endif
