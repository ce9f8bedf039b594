/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Writing the unit: upstream's own text of what the closure kept, in the order of translation, each run headed by where
 * it comes from, licence and copyright lines first, definitions of -D in the file.
 */
#ifndef BG_EMIT_H
#define BG_EMIT_H

#include "extract/pieces.h"

struct bg_emit_head {
	const char *entry, *repository, *revision;      /* revision may be NULL */
	/* '#pragma BG_EMIT_MARK n' before every piece n, which the preprocessor passes on */
	bool marks;
};
#define BG_EMIT_MARK "bpfgraft_piece"

struct bg_emit_counts { size_t items, macros, includes, lines; };

/*
 * Makes the unit's text in out, which is empty: all pieces but those that are left out. Notes in each where it stands.
 */
void bg_emit_pieces(const struct bg_tu *f, const struct bg_pieces *ps, const struct bg_emit_head *head,
		    struct bg_str *out, struct bg_emit_counts *ret);
/* Both. */
void bg_emit(const struct bg_tu *f, const struct bg_closure *c, const struct bg_emit_head *head, struct bg_str *out,
	     struct bg_emit_counts *ret);

#endif
