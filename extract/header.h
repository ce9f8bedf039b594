/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What each declaration of a large generated header (vmlinux.h) defines and mentions, found by its tokens alone. Too
 * much may be taken for a definition or a mention; blank.h says why that, and the opposite, does no harm.
 */
#ifndef BG_HEADER_H
#define BG_HEADER_H

#include "extract/lex.h"

/* a name; struct x y; struct x *y */
enum bg_header_mention { BG_MENTION_WORD, BG_MENTION_TAG, BG_MENTION_POINTER };

struct bg_header_decl {
	uint32_t s, e;                  /* to behind its ';', and behind comments on the same line */
	uint32_t brace;                 /* of 'struct x {...};': its '{', else 0 */
	bool forward;                   /* 'struct x;' */
	bool plain;                     /* defines something: it can go where nobody names that */
	uint32_t mentions, fields;      /* its first ones */
};

struct bg_header_name {
	const char *s;
	uint32_t n, next;
	/* declarations that define it as a tag, as anything else: first in links, + 1 */
	uint32_t tags, words;
	uint32_t n_fields;              /* fields of that name */
};

struct bg_header_link { uint32_t decl, next; };         /* next + 1, 0 ends */
struct bg_header_use { uint32_t name; enum bg_header_mention how; };

struct bg_header {
	const char *text;               /* borrowed */
	size_t n;
	BG_VEC(struct bg_header_decl) decls;    /* in order, and one behind the last for its mentions and fields */
	BG_VEC(struct bg_header_name) names;
	BG_VEC(struct bg_header_link) links;
	BG_VEC(struct bg_header_use) mentions;
	BG_VEC(uint32_t) fields;
	uint32_t *buckets;              /* names by hash, + 1 */
};

/* False when the text is not of the form that can be told by tokens. */
bool bg_header_read(struct bg_header *h, const char *text, size_t n);
void bg_header_done(struct bg_header *h);
/* The number of a name, -1: the header does not have it. */
int32_t bg_header_name(const struct bg_header *h, const char *s, size_t n);

#endif
