/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Identifiers by number, so that they compare as numbers: each one once. Number 0 is no name. */
#ifndef BG_NAMES_H
#define BG_NAMES_H

#include "core/arena.h"
#include "core/base.h"

struct bg_name { const char *s; uint32_t n; };

struct bg_names {
	BG_VEC(struct bg_name) v;
	uint32_t *table;                /* numbers by hash, of a power of two slots; 0: free */
	size_t slots;
	struct bg_arena arena;          /* their text */
};

void bg_names_init(struct bg_names *t);
void bg_names_done(struct bg_names *t);
uint32_t bg_names_add(struct bg_names *t, const char *s, size_t n);             /* it may be there already */
uint32_t bg_names_find(const struct bg_names *t, const char *s, size_t n);      /* 0: it is not there */

#endif
