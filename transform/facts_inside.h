/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What facts.c and facts_walk.c share; nobody else includes it. */
#ifndef BG_TRANSFORM_FACTS_INSIDE_H
#define BG_TRANSFORM_FACTS_INSIDE_H

#include "core/libclang.h"

#include "transform/facts.h"

struct facts_state {
	struct bg_facts *f;
	CXTranslationUnit tu;
	CXFile file;		/* of the unit */
	const char *context;	/* the source hook's context: "xdp_md" */
	BG_VEC(CXCursor) decls; /* of f->funcs, same indices */
	BG_VEC(CXCursor) seen;	/* globals whose initialiser was visited */
	BG_VEC(size_t) queue;	/* functions to visit */
	BG_VEC(CXCursor) stack; /* ancestors of the cursor being visited */
	size_t func;		/* function being visited */
	bool filled;		/* a member was found there */
	bool values;		/* inside a program array's initialiser: its functions are members */
};

struct facts_place {
	char *path;
	unsigned line, col, off;
	bool in_unit;
};

/* Where a location is, as a reader sees it (expansion) or where its token is spelled, macro arguments resolved. */
struct facts_place facts_place(const struct facts_state *s, CXSourceLocation loc, bool spelling);
char *facts_string(CXString s);	    /* copies and disposes */
char *facts_section(CXCursor decl); /* section attribute's text, macros resolved; or NULL */
char *facts_word(const struct bg_facts *f, size_t off); /* identifier at off, or NULL */
void facts_reach(struct facts_state *s, CXCursor decl, unsigned line, bool entry);

/* The offset after the last #include line, and the #endif around it, before first; 0 = none. */
size_t facts_head_end(const char *text, size_t first);
bool facts_evaluate(CXCursor c, long long *ret);
/* A helper is a file's function pointer that is initialised with the helper's number; 0 = no helper. */
long facts_helper_id(CXCursor var);

/* Where a declaration stands in the unit's text; both 0 when it is elsewhere. */
void facts_extent(const struct facts_state *s, CXCursor decl, size_t *ret_start, size_t *ret_end);

/* Parses s->f->path with libclang, which must be loaded: -EINVAL with BG_ID_UNIT_PARSE. */
int facts_parse(struct facts_state *s, CXIndex index, const struct bg_strv *cflags, struct bg_diags *ds);

bool facts_in_macro(const struct bg_facts *f, size_t off); /* inside the body of a macro of the unit */

/* After the walk: how the program deals with its metadata area, where it moves one (facts_meta.c). */
void facts_meta(struct facts_state *s);

/* After the walk: where the context is taken for something else than its structure (facts_raw.c). */
void facts_raw(struct facts_state *s);

/* Visits everything in the queue, adding facts and functions reached. */
void facts_walk(struct facts_state *s);

#endif
