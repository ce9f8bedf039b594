/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which macro definitions a piece of text needs. libclang records neither nested expansions nor macros that are passed
 * as arguments, so the text's tokens are expanded here, with hide sets (D. Prosser's algorithm, X3J11/86-196), against
 * the definitions that are visible at each use. The result of the expansion is of no interest, only what was expanded.
 */
#ifndef BG_MACRO_H
#define BG_MACRO_H

#include "extract/tu.h"
#include "extract/flat.h"
#include "extract/lex.h"

struct bg_macros;

/*
 * Fills facts->macros, but for their names, from -D flags and from the active directives of lx; keeps borrowed pointers
 * to all three.
 */
struct bg_macros *bg_macros_new(struct bg_tu *facts, struct bg_flat *fl, const struct bg_lexed *lx);
/*
 * Gives names to those of facts->macros that macro_uses mean, and to the repository's and their namesakes. Of the
 * others, thousands in system headers, nothing is left. When all uses are known, and not before.
 */
void bg_macros_name(struct bg_macros *m);
struct bg_macros *bg_macros_free(struct bg_macros *m);

/* The definition of name[0..n) that is visible at the flat offset, as an index into facts->macros; -1: none. */
int32_t bg_macros_visible(struct bg_macros *m, const char *name, size_t n, uint32_t at);

/*
 * What bg_macros_uses() found; used holds indices into facts->macros, each once. asm_names: what may be symbols in the
 * strings of inline assembly, as far as macros make them ("r2 = " #map " ll"); one name can be there more than once.
 */
struct bg_macro_result {
	BG_VEC(uint32_t) used;
	struct bg_strv asm_names;
	bool line_dependent;
	unsigned counted;       /* expansions of __COUNTER__ */
	bool cut_off;           /* the limit on expansion steps was hit */
};
/* The macros that the text [s, e) and its pragmas expand, or its conditionals test. Results are appended to *r. */
void bg_macros_uses(struct bg_macros *m, uint32_t s, uint32_t e, struct bg_macro_result *r);

#endif
