// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/names.h"

#define SLOTS 16384                     /* at first; the macros of the C library and the kernel's headers are 2,000 */

static uint32_t hash(const char *s, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h;
}

static uint32_t *slot_of(const struct bg_names *t, const char *s, size_t n)
{
	for (size_t i = hash(s, n) & (t->slots - 1);; i = (i + 1) & (t->slots - 1)) {
		uint32_t k = t->table[i];

		if (!k || (t->v.v[k].n == n && memcmp(t->v.v[k].s, s, n) == 0))
			return &t->table[i];
	}
}

void bg_names_init(struct bg_names *t)
{
	*t = (struct bg_names){ .slots = SLOTS };
	t->table = bg_alloc(t->slots * sizeof(*t->table));
	bg_vec_push(&t->v, (struct bg_name){ "", 0 });
}

void bg_names_done(struct bg_names *t)
{
	bg_vec_done(&t->v);
	free(t->table);
	bg_arena_done(&t->arena);
	*t = (struct bg_names){ 0 };
}

static void grow(struct bg_names *t)
{
	free(t->table);
	t->slots *= 2;
	t->table = bg_alloc(t->slots * sizeof(*t->table));
	for (uint32_t k = 1; k < t->v.n; k++)
		*slot_of(t, t->v.v[k].s, t->v.v[k].n) = k;
}

uint32_t bg_names_add(struct bg_names *t, const char *s, size_t n)
{
	uint32_t *slot = slot_of(t, s, n);
	char *own;

	if (*slot)
		return *slot;
	if (t->v.n * 2 > t->slots) {
		grow(t);
		slot = slot_of(t, s, n);
	}
	own = bg_arena_take(&t->arena, n);
	memcpy(own, s, n);
	*slot = (uint32_t)t->v.n;
	bg_vec_push(&t->v, (struct bg_name){ own, (uint32_t)n });
	return *slot;
}

uint32_t bg_names_find(const struct bg_names *t, const char *s, size_t n)
{
	return *slot_of(t, s, n);
}
