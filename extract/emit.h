/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Writing the unit: upstream's own text of what the closure kept, in the order of translation, each run headed by where it
 * comes from, licence and copyright lines first, definitions of -D in the file.
 */
#ifndef BG_EMIT_H
#define BG_EMIT_H

#include "extract/closure.h"

enum bg_piece_kind { BG_PIECE_DEFINE, BG_PIECE_STUBS, BG_PIECE_FORWARD, BG_PIECE_INCLUDE, BG_PIECE_MACRO, BG_PIECE_PRAGMA, BG_PIECE_ITEM };

/* What a unit is made of, in the order of emission. */
struct bg_piece {
	uint32_t off;                   /* sorts it */
	uint32_t s, e;                  /* flat text, with comments; of macros, pragmas and items */
	enum bg_piece_kind kind;
	uint32_t index;                 /* of an item, macro, inclusion or pragma in facts */
	const char *text;               /* of forward declarations: "struct x", borrowed from facts */
	bool left_out;                  /* not emitted */
	bool identity;                  /* a root that is there for identity alone */
};
struct bg_pieces { struct bg_piece *v; size_t n, cap; };    /* a BG_VEC that has a name */

struct bg_emit_head {
	const char *entry, *repository, *revision;      /* revision may be NULL */
	bool marks;                     /* '#pragma BG_EMIT_MARK n' before every piece n, which the preprocessor passes on */
};
#define BG_EMIT_MARK "bpfgraft_piece"

struct bg_emit_counts { size_t items, macros, includes, lines; };

/* The pieces of a closure, appended in order; bg_vec_done() releases them. */
void bg_emit_collect(const struct bg_tu *f, const struct bg_closure *c, struct bg_pieces *ret);
/* Appends the unit's text: all pieces but those that are left out. */
void bg_emit_pieces(const struct bg_tu *f, const struct bg_pieces *ps, const struct bg_emit_head *head, struct bg_str *out, struct bg_emit_counts *ret);
/* Both. */
void bg_emit(const struct bg_tu *f, const struct bg_closure *c, const struct bg_emit_head *head, struct bg_str *out, struct bg_emit_counts *ret);

/* SPDX expression of a file's head, or NULL; its copyright lines into lines. Caller frees. */
char *bg_emit_licence(const char *text, size_t n, struct bg_strv *copyrights);

#endif
