/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Diagnostics: what a person must know, said once, where it is known, with an id and a source place.
 * They are collected in a sink and printed by the command line:
 *   path:line:col: error|warning|note: text [BGnnnn]
 * Text is lower-case, without a final stop, subjects in single quotes.
 */
#ifndef BG_DIAG_H
#define BG_DIAG_H

#include <jansson.h>

#include "core/base.h"

enum bg_severity { BG_NOTE, BG_WARNING, BG_ERROR };

/* A place in a source; path NULL = none, line 0 = the file as a whole, col 0 = the line. Borrowed. */
struct bg_loc {
	const char *path;
	unsigned line, col;
};
#define BG_NOWHERE ((struct bg_loc){ NULL, 0, 0 })
#define BG_AT(p, l, c) ((struct bg_loc){ (p), (l), (c) })

struct bg_diag {
	enum bg_severity severity;
	unsigned id;           /* 2104 prints as BG2104 */
	unsigned question;     /* number of the question that only the user can answer, 0 = none */
	char *path;            /* or NULL */
	unsigned line, col;
	char *message;         /* one line, control characters escaped */
};

struct bg_diags;

struct bg_diags *bg_diags_new(void);
struct bg_diags *bg_diags_free(struct bg_diags *ds);
void bg_diags_freep(struct bg_diags **ds);

/* Adds one. The message is formatted and escaped here; nothing is printed. The same one twice in a row is kept once. */
void bg_diag(struct bg_diags *ds, enum bg_severity sev, unsigned id, struct bg_loc at, const char *fmt, ...)
	BG_PRINTF(5, 6);
void bg_vdiag(struct bg_diags *ds, enum bg_severity sev, unsigned id, struct bg_loc at, const char *fmt, va_list ap);
/*
 * An error that is a numbered question to the user (exit code 3); returns its number, from 1. Candidates follow as
 * notes.
 */
unsigned bg_question(struct bg_diags *ds, unsigned id, struct bg_loc at, const char *fmt, ...) BG_PRINTF(4, 5);

size_t bg_diags_count(const struct bg_diags *ds);
const struct bg_diag *bg_diags_get(const struct bg_diags *ds, size_t i);
size_t bg_diags_errors(const struct bg_diags *ds);      /* questions not counted */
size_t bg_diags_questions(const struct bg_diags *ds);

/* Moves all of from's diagnostics, which hold no questions, to the end of to. */
void bg_diags_move(struct bg_diags *to, struct bg_diags *from);

/* Prints those not printed before; color as ANSI sequences. */
void bg_diags_flush(struct bg_diags *ds, FILE *out, bool color, enum bg_severity least);
/* new reference: array of {id,severity,message,path,line,col,question} */
json_t *bg_diags_json(const struct bg_diags *ds);
/* Adds what such an array says; items that are no diagnostics are left out. */
void bg_diags_add_json(struct bg_diags *ds, const json_t *all);

/* "EPERM (operation not permitted)"; err may be negative. Caller frees. */
char *bg_errno_text(int err);

/*
 * Every id of every stage with its one-line meaning and its paragraph, from the stages' diag_ids.def: the numbers are
 * append-only. X(NAME, number, "meaning", "paragraph") gives the enumerator BG_ID_NAME.
 */
enum {
#define X(name, number, meaning, text) BG_ID_##name = number,
#include "core/diag_ids.def"
#undef X
};

#endif
