/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What scan.c and refs.c share. */
#ifndef BG_SCAN_INTERNAL_H
#define BG_SCAN_INTERNAL_H

#include "extract/flat.h"
#include "extract/macro.h"
#include "extract/scan.h"
#include "extract/sources.h"

struct scan_cursor {                    /* a top-level cursor */
	CXCursor c;
	uint32_t s, e;
	int32_t item;                   /* -1 in a system header */
	int32_t top;
};

struct scan_content { uint32_t file; const char *text; size_t n; };      /* of one of the facts' files */

struct scan_redecl { CXCursor c; int32_t item; int32_t decl; uint32_t off; uint32_t next; };

struct scan {
	struct bg_tu *f;
	struct bg_flat fl;
	struct bg_lexed lx;             /* tokens, comments of repository text; directives of all */
	const struct bg_sources *sources;       /* what was read before the parse */
	/* of each file of the facts: the same, when it is what clang read; else NULL */
	BG_VEC(const struct bg_source *) ahead;
	BG_VEC(struct scan_content) unhashed;   /* a system file is known by its size and time, and never here */
	struct bg_task *reading, *hashing;      /* text.c's, both with this struct */
	struct bg_macros *mac;
	struct bg_diags *ds;
	BG_VEC(struct scan_cursor) cursors;
	BG_VEC(uint32_t) first_cursor;          /* of each item, in cursors */
	BG_VEC(struct scan_cursor) expansions;  /* macro expansions in system headers */
	BG_VEC(struct scan_redecl) redecls;     /* top-level functions and variables, chained by canonical cursor */
	uint32_t redecl_heads[4096];            /* index + 1 */
	BG_VEC(uint32_t) work;                  /* items to scan */
	BG_VEC(uint32_t) tops;                  /* system headers that something needs, in the order found */
	BG_VEC(bool) top_seen, item_seen;
	BG_VEC(uint32_t) item_stamp, top_stamp; /* what the current 'from' already refers to */
	uint32_t stamp;
	bool missed;                            /* a definition that was blanked matters */
};

/*
 * text.c: begins to read the text; lx, mac and the facts' lines are there after scan_text_wait(), the hashes after
 * scan_text_end(), which is also to be called when nothing began.
 */
void scan_text_begin(struct scan *s);
void scan_text_wait(struct scan *s);
void scan_text_end(struct scan *s);

/*
 * items.c: the exact text of the items, of which cursors give the core, and the comments that belong to items and
 * macros.
 */
void scan_refine(struct scan *s);

/* branches.c: what the preprocessor passes over within items. */
void scan_branches(struct scan *s);

/* refs.c: the references of an item, or of all declarations in a system header. */
void scan_item_refs(struct scan *s, uint32_t item);
void scan_top_refs(struct scan *s, uint32_t top);
/* The same of an item's references by the names of symbols alone; what has no such name is no reference. */
void scan_symbols(struct scan *s, uint32_t item, const struct bg_strv *names);
void scan_queue_item(struct scan *s, uint32_t item);
void scan_queue_top(struct scan *s, uint32_t top);

bool scan_has_attr(CXCursor c);
char *scan_pretty(CXCursor c);                          /* caller frees */
char *scan_attr_arg(const char *pretty, const char *attr);      /* section("x") -> x; NULL when absent; caller frees */
uint32_t scan_off(struct scan *s, CXSourceLocation l);
const struct scan_redecl *scan_redecls(const struct scan *s, CXCursor canonical);
const struct scan_redecl *scan_redecl_next(const struct scan *s, const struct scan_redecl *r);

#endif
