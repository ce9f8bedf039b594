/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Two texts line by line: which lines of one are lines of the other, in order, as many as there can be (Myers, 1986).
 */
#ifndef BG_LINEDIFF_H
#define BG_LINEDIFF_H

#include "core/base.h"

struct bg_line {
	const char *s;                  /* borrowed from the text */
	size_t n;                       /* without '\n' and a '\r' before it */
};
struct bg_lines { struct bg_line *v; size_t n, cap; };  /* a BG_VEC that has a name; line 1 is v[0] */

/* The lines of text, which may lack the last newline. bg_vec_done() releases them. */
void bg_lines_of(const char *text, size_t n, struct bg_lines *ret);
bool bg_line_same(const struct bg_line *a, const struct bg_line *b);

#define BG_LINE_GONE SIZE_MAX
/*
 * For each line of a the index of its like in b, or BG_LINE_GONE. Texts with more than some thousand differences are
 * taken for different altogether between what they begin and end with. Caller frees.
 */
size_t *bg_linediff(const struct bg_lines *a, const struct bg_lines *b);
/*
 * Where line 'at' (an index) of b comes from in a: the same line, or where both texts differ the line of a that stands
 * at the same place of the difference. Never beyond a's last line.
 */
size_t bg_line_origin(const size_t *map, size_t n_a, size_t at);

#endif
