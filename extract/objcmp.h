/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Are two objects' programs the same? Independent of layout: calls and data are compared by the symbol that they reach,
 * read-only data and strings by content; the comparison follows calls into subprograms. CO-RE relocations are part of
 * their instructions.
 */
#ifndef BG_OBJCMP_H
#define BG_OBJCMP_H

#include "core/base.h"

struct bg_objcmp {
	bool same;
	char *function;	     /* that differs first, NULL when same */
	const char *aspect;  /* "section" where no instruction differs, else NULL; constant */
	size_t instruction;  /* number in it, from 0 */
	char *left, *right;  /* the two instructions, for people; either may be NULL when one function ends earlier */
	size_t instructions; /* of the left side, subprograms included */
	size_t subprograms;
};

/*
 * Compares function entry and what it calls. 0 with *ret (to be released in any case); -ENOENT when either object lacks
 * the function; -EINVAL when an object cannot be read.
 */
int bg_objcmp(const char *left, const char *right, const char *entry, struct bg_objcmp *ret);
/* "function 'f', instruction 7: ...; upstream: ...", right being the unit's; NULL when same. Caller frees. */
char *bg_objcmp_text(const struct bg_objcmp *r);
void bg_objcmp_done(struct bg_objcmp *r);

/*
 * Compares every map of right (the unit) with left's of the same name: type, sizes, entries, flags, inner map, and the
 * BTF of key and value. 0 and *ret_differs NULL when equal, else "map 'x': value size 8, was 16" (caller frees). 1 when
 * libbpf opens right but not left, which wants a linker for other programs: they were compared by their types alone.
 * -EINVAL when one cannot be read.
 */
int bg_objcmp_maps(const char *left, const char *right, char **ret_differs);

/*
 * Compares the types that libbpf and the kernel check beside code and maps: of all functions of right that left has,
 * too, of kernel functions and other externs. 0 and *ret_differs NULL when equal, else "'f': function of linkage 1:
 * ...; upstream: ..." (caller frees). -EINVAL when an object cannot be read.
 */
int bg_objcmp_types(const char *left, const char *right, char **ret_differs);

#endif
