/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The walk over one item's cursors: what refs.c (references) and mapuse.c (accesses to maps) share. */
#ifndef BG_WALK_H
#define BG_WALK_H

#include "extract/scan_internal.h"

struct walk {
	struct scan *s;
	int32_t item;                   /* from, or -1: */
	int32_t top;                    /* from a system header */
	bool tags;                      /* structs and unions met are the item's own, not local to a function */
	unsigned unevaluated;           /* depth of sizeof and its like: what is named there is not accessed */
	int32_t function;               /* declaration whose body is walked, -1: none */
	CXCursor at;                    /* the cursor at hand; */
	uint32_t use;                   /* its flat offset, by walk_use() */
	bool use_known;
	BG_VEC(struct lookup { unsigned hash; uint32_t map; }) lookups;  /* local pointers into map values */
};

/* The first two children of a cursor, and how many there are: clang_visitChildren(c, walk_take_two, &two). */
struct walk_two { CXCursor c[2]; unsigned n; };
enum CXChildVisitResult walk_take_two(CXCursor c, CXCursor parent, CXClientData data);

/*
 * Where the cursor at hand stands. Asking libclang for every cursor that is visited takes as long as all the rest of
 * the walk.
 */
uint32_t walk_use(struct walk *w);

/* The declaration of ours that a function or variable cursor means, its definition if there is one; -1: none. */
int32_t walk_decl_of(const struct scan *s, CXCursor d);

void walk_call(struct walk *w, CXCursor call);
/* if it is a map that no call here is known to take */
void walk_map_named(struct walk *w, CXCursor variable);
void walk_assignment(struct walk *w, CXCursor c);                       /* also compound ones */
/* variable is set to value, which may be a lookup's result */
void walk_lookup(struct walk *w, CXCursor variable, CXCursor value);
/* access through the local pointer at the base of expr */
void walk_through(struct walk *w, CXCursor expr, unsigned access);

#endif
