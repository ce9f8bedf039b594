/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a unit is made of, in the order of emission: what the closure kept, and what that needs around it - regions of
 * pragmas, #undefs, forward declarations.
 */
#ifndef BG_PIECES_H
#define BG_PIECES_H

#include "extract/closure.h"

enum bg_piece_kind {
	BG_PIECE_DEFINE,
	BG_PIECE_STUBS,
	BG_PIECE_TYPES,                 /* an #include, in place of a vmlinux.h's integer types */
	BG_PIECE_FORWARD,
	BG_PIECE_INCLUDE,
	BG_PIECE_MACRO,
	BG_PIECE_PRAGMA,
	BG_PIECE_WHOLE,                 /* what brings the struct of an item into BTF */
	BG_PIECE_ITEM,
	BG_PIECE_SHELL                  /* an item without its members */
};

#define BG_SHELL_MEMBER "left_out"      /* of a shell: as large as the item's members together */

struct bg_piece {
	uint32_t off;                   /* sorts it */
	uint32_t s, e;                  /* flat text, with comments; of macros, pragmas and items */
	enum bg_piece_kind kind;
	uint32_t index;                 /* of an item, macro, inclusion or pragma in facts */
	const char *text;               /* of forward declarations: "struct x", borrowed; of types: the header */
	bool left_out;                  /* not emitted */
	bool identity;                  /* a root that is there for identity alone */
	bool trims;                     /* long branches that are not taken are left upstream */
	/* of upstream's text, once it was emitted: its lines in the unit, and where in flat text they begin */
	unsigned first, last;
	uint32_t from;
};
struct bg_pieces { struct bg_piece *v; size_t n, cap; };    /* a BG_VEC that has a name */

/* The pieces of a closure, appended in order; bg_vec_done() releases them. */
void bg_pieces_collect(const struct bg_tu *f, const struct bg_closure *c, struct bg_pieces *ret);

/*
 * The next lines from off on, of a piece that begins at s, which the unit does not have, because they are for other
 * flags. NULL: there are no more.
 */
const struct bg_f_branch *bg_piece_cut(const struct bg_tu *f, const struct bg_piece *p, uint32_t off);
unsigned bg_branch_lines(const struct bg_tu *f, const struct bg_f_branch *b);

#endif
