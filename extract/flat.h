/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Parsing a translation unit once with libclang, and giving every location one number: its offset in the flat text
 * (extract/tu.h). libclang alone cannot tell two inclusions of one file apart, nor order declarations against
 * directives.
 */
#ifndef BG_FLAT_H
#define BG_FLAT_H

#include "core/libclang.h"
#include "extract/blank.h"
#include "extract/tu.h"
#include "extract/lex.h"

struct bg_flat_inst {                   /* what flat.c knows of an inclusion beyond struct bg_f_inc, same index */
	CXFile file;
	uint32_t key;                   /* raw location of its first byte, 0 = not learnt */
	bool again;                     /* the same file is included later, too */
	BG_VEC(struct bg_f_seg) segs;   /* its segments, by file offset */
};

struct bg_flat {
	CXIndex index;
	CXTranslationUnit tu;
	struct bg_tu *facts;         /* borrowed */
	struct bg_blank *blank;      /* borrowed, or NULL */
	BG_VEC(struct bg_flat_inst) insts;
	BG_VEC(struct bg_range) skipped;        /* flat, sorted, disjoint: what #if left out */
	struct { CXFile file; size_t inst; } cache[256];
	struct bg_strv folders;                 /* for bg_realpath_known() */
};

/*
 * Parses main (absolute path) with flags (relative -I etc. already absolute) and fills facts' files, incs, segs and
 * text. 0; -EINVAL when clang found errors (in ds with id, with clang's places relative to root); -EFBIG beyond the
 * limits; -EACCES when a file outside of root that is no system header was reached by a symbolic link inside root;
 * -EAGAIN when blank, which may be NULL, may have left out too much: it has learnt what.
 */
int bg_flat_parse(struct bg_flat *fl, struct bg_tu *facts, const struct bg_strv *args, struct bg_blank *blank,
		  struct bg_diags *ds);
void bg_flat_done(struct bg_flat *fl);

/*
 * The flat offset of a location (of its expansion). hint: for a location inside a macro expansion in a file that is
 * included several times, the first inclusion that ends behind hint is taken. UINT32_MAX: in no file.
 */
uint32_t bg_flat_off(struct bg_flat *fl, CXSourceLocation l, uint32_t hint);
/* Whether bg_flat_off() has to guess: inside a macro expansion, in a file that is included several times. */
bool bg_flat_ambiguous(struct bg_flat *fl, CXSourceLocation l);
bool bg_flat_skipped(const struct bg_flat *fl, uint32_t off);

/* clang's string as ours; disposes of it. Caller frees. Never NULL. */
char *bg_cx_str(CXString s);

#endif
