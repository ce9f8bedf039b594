/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What legacy.c and legacy_read.c share; nobody else includes it. */
#ifndef BG_TRANSFORM_LEGACY_INSIDE_H
#define BG_TRANSFORM_LEGACY_INSIDE_H

#include "transform/facts_inside.h"
#include "transform/legacy.h"

/* A member of a legacy definition, under its name in BTF maps; those that BTF maps do not have keep theirs. */
struct legacy_member {
	char *name;
	size_t start, end;	 /* of 'member = value' in the unit's text; both 0 = a macro has it */
	size_t value, value_end; /* of the value */
	char *enumerator;	 /* the value's name, when a macro has it */
	bool known, constant;	 /* the number is known; no variable is part of the value */
	long long number;
	unsigned line, col;
};

struct legacy_def {
	CXCursor decl;
	size_t off;	    /* of the declaration's name */
	size_t open, close; /* of the initialiser's braces; both 0 = a macro has them */
	BG_VEC(struct legacy_member) members;
};

struct legacy_types {
	bool conflict;
	char *spelled, *canonical;
};

struct legacy_state {
	struct facts_state s;
	struct bg_legacy *l;
	BG_VEC(struct legacy_def) defs;		  /* of l->maps, same indices */
	BG_VEC(struct legacy_types) keys, values; /* by uses; same indices */
	BG_VEC(CXCursor) annotations;		  /* struct ____btf_map_NAME */
	bool has_pin;				  /* LIBBPF_PIN_BY_NAME is declared */
	struct bg_diags *ds;
};

#define LEGACY_ARRAY_OF_MAPS 12
#define LEGACY_HASH_OF_MAPS  13

const struct legacy_member *legacy_member(const struct legacy_def *d, const char *name);
/* The offset behind the blanks and comments that stand at at. */
size_t legacy_skip_blanks(const char *text, size_t at, size_t end);
/* legacy_types.c: fills in key and value of every map from annotations, sizeof, and uses. */
void legacy_find_types(struct legacy_state *st);
/* legacy_body.c: fills in body. -EINVAL with a diagnostic. */
int legacy_write_body(struct legacy_state *st, size_t map);

#endif
