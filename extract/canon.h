/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What of a piece of C text matters when two versions of it are compared: its tokens and directives, neither layout nor
 * comments. And the pieces of a unit with the hash of that, which is what a lock keeps and 'regress' compares.
 */
#ifndef BG_CANON_H
#define BG_CANON_H

#include <jansson.h>

#include "core/fs.h"
#include "extract/pieces.h"

/*
 * Appends the tokens of text[s..e), separated by one blank; operators of two characters stay together, each directive
 * has a line of its own. Two texts that read the same so are the same C, but where a macro turns its argument's blanks
 * into a string.
 */
void bg_canon(const char *text, uint32_t s, uint32_t e, struct bg_str *to);

/*
 * [{symbol, kind, file, line, end_line, hash}] of what a unit has of the repository, in the order of emission: items by
 * the declaration that stands for them, macros, undefs, pragmas, includes of system headers, and what -D defines (file
 * null).
 */
json_t *bg_canon_closure(const struct bg_tu *f, const struct bg_pieces *pieces);

#endif
