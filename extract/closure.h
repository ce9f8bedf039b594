/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The smallest set of items, macros and system headers that a root function needs, and why each is in. Pure; works on
 * facts.
 */
#ifndef BG_CLOSURE_H
#define BG_CLOSURE_H

#include "extract/tu.h"

/*
 * What put something in: an item, the need of a system header, being a root, or being a root for identity alone
 * (exact.h).
 */
struct bg_why {
	enum { BG_WHY_NOT, BG_WHY_ROOT, BG_WHY_ITEM, BG_WHY_TOP, BG_WHY_IDENTITY } by;
	uint32_t from;                  /* item or top */
	enum bg_ref_how how;            /* of items */
};

struct bg_closure {
	struct bg_why *items, *macros, *tops;   /* by index into facts' items, macros, incs; BG_WHY_NOT: not in */
	/* kept items of which only the name, kind and size matter: their members are not, nor what those need */
	bool *shells;
	bool trims;                             /* there may be any */
	/* kept structs that BTF is to have whole, as it has in upstream's object */
	bool *wholes;
	size_t n_items, n_macros, n_tops;       /* kept */
};

/* roots: items. The licence is always a root: without it the kernel refuses GPL-only helpers. */
void bg_closure_compute(const struct bg_tu *f, const uint32_t *roots, size_t n_roots, struct bg_closure *ret);
/* An item that is kept with its text. */
static inline bool bg_closure_whole(const struct bg_closure *c, uint32_t item)
{
	return c->items[item].by && !c->shells[item];
}
/*
 * Of a function definition. Of what only BTF needs, a program has shells; what others include has all, because that
 * they read it cannot be known. A struct_ops variable refers to its programs, not they to it, but without it libbpf cannot
 * tell what they are: it is a root beside them.
 */
void bg_closure_of(const struct bg_tu *f, const struct bg_f_decl *entry, struct bg_closure *ret);
/* Adds roots that are there for identity alone, and what they need. */
void bg_closure_extend(const struct bg_tu *f, const uint32_t *roots, size_t n_roots, struct bg_closure *c);
/*
 * Takes out one that turned out not to be needed: what was in for it is in for what it was in for. Of an inclusion all
 * that read like it go.
 */
void bg_closure_drop(struct bg_closure *c, const struct bg_tu *f, enum bg_need what, uint32_t index);
void bg_closure_done(struct bg_closure *c);

#endif
