// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/arena.h"

#define CHUNK 65536

struct bg_arena_chunk {
	struct bg_arena_chunk *next;
	size_t used, size;
	_Alignas(16) char mem[];
};

void *bg_arena_take(struct bg_arena *a, size_t n)
{
	struct bg_arena_chunk *c = a->chunks;

	n = (n + 15) & ~(size_t)15;
	if (!c || c->used + n > c->size) {
		size_t size = n > CHUNK ? n : CHUNK;

		c = bg_alloc(sizeof(*c) + size);
		c->size = size;
		c->next = a->chunks;
		a->chunks = c;
	}
	c->used += n;
	return c->mem + c->used - n;
}

void bg_arena_reset(struct bg_arena *a)
{
	struct bg_arena_chunk *kept = a->chunks;

	if (!kept)
		return;
	a->chunks = kept->next;
	bg_arena_done(a);
	kept->next = NULL;
	kept->used = 0;
	a->chunks = kept;
}

void bg_arena_done(struct bg_arena *a)
{
	while (a->chunks) {
		struct bg_arena_chunk *next = a->chunks->next;

		free(a->chunks);
		a->chunks = next;
	}
}
