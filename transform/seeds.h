/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Numbers that a program knows: packets and maps are made with them, because a program compares with what it knows. */
#ifndef BG_SEEDS_H
#define BG_SEEDS_H

#include "transform/code.h"

struct bg_seeds {
	BG_VEC(uint64_t) all; /* sorted, no two equal; in the order of bytes that the program has them in */
};

/* The immediate operands of a program, without those that only do arithmetic on addresses. */
void bg_seeds_from(struct bg_seeds *s, const struct bg_code *c);
void bg_seeds_done(struct bg_seeds *s);

/* xorshift64* (Vigna 2016): any fixed sequence does, this one is short. *state must not be 0. */
static inline uint32_t bg_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)(*state * 2685821657736338717ull >> 32);
}
/* One of the numbers of at most so many bytes, by chance in the other order of bytes; something else when there is
 * none. */
uint64_t bg_seeds_pick(const struct bg_seeds *s, size_t bytes, uint64_t *state);

#endif
