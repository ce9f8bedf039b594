/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A file of upstream's of which only some definitions are left, with what they need: every other character is a blank,
 * so that each line is where it was. It is to be included behind another source of the same repository, and has nothing
 * that that one has already.
 */
#ifndef BG_EXCERPT_H
#define BG_EXCERPT_H

#include "extract/closure.h"
#include "core/diag.h"

/*
 * Of f's main file, items roots. main: facts of the source that it is to be included behind; NULL: it has nothing. The
 * path of the file that was written (caller frees); NULL with a diagnostic.
 */
char *bg_excerpt_write(const struct bg_tu *f, const uint32_t *roots, size_t n_roots, const struct bg_tu *main,
		       struct bg_diags *ds);

#endif
