// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/explore.h"

#define BATCH	  512u /* changed packets, */
#define FRUITLESS 4u   /* and so many batches without anything new end the search */
#define BATCHES	  64u
#define LONGEST	  2048u
#define HEADERS	  128u /* bytes at the front, where programs look */

struct candidate {
	unsigned char bytes[LONGEST];
	size_t len;
};

static unsigned chance(struct bg_explorer *e, unsigned n)
{
	return bg_random(&e->state) % n;
}

/* How many ways of the last run are new. */
static size_t fresh_ways(const struct bg_explorer *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->trace->branches.n; i++)
		for (int k = 0; k < 2; k++)
			n += bg_trace_took(e->trace, &e->trace->branches.v[i], k) &&
			     !e->known->ways.v[2 * i + (size_t)k].seen;
	return n;
}

/* Runs a packet; true when it goes a new way and both hooks take it: then the way is known from now on. */
static bool try_packet(struct bg_explorer *e, const struct bg_packet *p)
{
	if (bg_trace_run(e->trace, p) || !fresh_ways(e) || !bg_verify_takes(e->verify, p, NULL))
		return false;
	bg_coverage_add(e->known, e->trace);
	return true;
}

void bg_explore_known(struct bg_explorer *e, const struct bg_vectors *vs)
{
	for (size_t i = 0; i < vs->all.n; i++) {
		if (!bg_verify_takes(e->verify, &vs->all.v[i].in, NULL) || bg_trace_run(e->trace, &vs->all.v[i].in))
			continue;
		if (bg_coverage_add(e->known, e->trace))
			bg_vec_push(&e->parents, i);
		if (e->asked)
			bg_filling_ask(e->asked, e->trace);
	}
}

void bg_explorer_done(struct bg_explorer *e)
{
	bg_vec_done(&e->parents);
}

static void put(unsigned char *at, uint64_t v, size_t bytes, bool big)
{
	for (size_t i = 0; i < bytes; i++)
		at[big ? bytes - 1 - i : i] = (unsigned char)(v >> 8 * i);
}

static uint64_t get(const unsigned char *at, size_t bytes, bool big)
{
	uint64_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)at[big ? bytes - 1 - i : i] << 8 * i;
	return v;
}

/* Where a packet holds a value, in one of several sizes and orders; one of the places by chance. */
static bool replace(struct bg_explorer *e, struct candidate *c, uint64_t old, uint64_t new)
{
	size_t n = c->len < HEADERS ? c->len : HEADERS, places = 0, at = 0, bytes = 0;
	bool big = false;

	for (size_t size = 1; size <= 8; size *= 2)
		for (size_t i = 0; i + size <= n && (size == 8 || old >> 8 * size == 0); i++)
			for (int order = 0; order < (size > 1 ? 2 : 1); order++) {
				if (get(c->bytes + i, size, order) != old || chance(e, (unsigned)++places))
					continue;
				at = i;
				bytes = size;
				big = order;
			}
	if (places)
		put(c->bytes + at, new, bytes, big);
	return places > 0;
}

/* What would make a branch go the other way: *ret_new in the place of *ret_old. */
static bool wanted(struct bg_explorer *e, const struct bg_trace_branch *b, uint64_t *ret_old, uint64_t *ret_new)
{
	const struct bpf_insn *insn = &e->trace->code.insns[b->insn];
	bool word = BPF_CLASS(insn->code) == BPF_JMP32, immediate = BPF_SRC(insn->code) == BPF_K;
	uint64_t x, y;

	if (!b->operands)
		return false;
	memcpy(&x, e->trace->memory + b->operands, sizeof(x));
	memcpy(&y, e->trace->memory + b->operands + sizeof(x), sizeof(y));
	if (immediate)
		y = (uint64_t)(int64_t)insn->imm;
	if (word) {
		x = (uint32_t)x;
		y = (uint32_t)y;
	}
	if (!immediate && chance(e, 2)) {
		uint64_t swap = x;

		x = y;
		y = swap;
	}
	*ret_old = x;
	*ret_new = BPF_OP(insn->code) == BPF_JSET ? x ^ y : y + chance(e, 3) - 1;
	if (BPF_OP(insn->code) == BPF_JEQ || BPF_OP(insn->code) == BPF_JNE)
		*ret_new = x == y ? y + 1 : y;
	return true;
}

/* Takes a branch that the packet came to and went one way only, as all did before, and makes it go the other way. */
static bool turn(struct bg_explorer *e, struct candidate *c)
{
	const struct bg_trace *t = e->trace;
	const struct bg_trace_branch *chosen = NULL;
	struct bg_packet p = { c->bytes, c->len };
	uint64_t old, new;
	unsigned n = 0;

	if (bg_trace_run(e->trace, &p))
		return false;
	for (size_t i = 0; i < t->branches.n; i++)
		for (int k = 0; k < 2; k++)
			if (bg_trace_took(t, &t->branches.v[i], k) && t->branches.v[i].noted[!k] &&
			    !e->known->ways.v[2 * i + !k].seen && !chance(e, ++n))
				chosen = &t->branches.v[i];
	return chosen && wanted(e, chosen, &old, &new) && replace(e, c, old, new);
}

/* One change by chance, mostly among the headers. */
static void change(struct bg_explorer *e, struct candidate *c)
{
	static const size_t sizes[] = { 1, 1, 2, 2, 4, 8 };
	size_t size = sizes[chance(e, BG_ARRAY_SIZE(sizes))], at, n;

	if (c->len < 16)
		return;
	at = chance(e, (unsigned)(c->len < HEADERS || !chance(e, 8) ? c->len : HEADERS) - 8);
	switch (chance(e, 8)) {
	case 0:
		c->bytes[at] ^= (unsigned char)(1u << chance(e, 8));
		break;
	case 1:
		c->bytes[at] = (unsigned char)(c->bytes[at] + 1 + 254 * chance(e, 2));
		break;
	case 2:
		c->bytes[at] = (unsigned char)chance(e, 256);
		break;
	case 3: /* shorter */
		c->len = 14 + chance(e, (unsigned)c->len - 13);
		break;
	case 4: /* longer */
		n = chance(e, 128);
		if (c->len + n <= LONGEST) {
			memset(c->bytes + c->len, 0, n);
			c->len += n;
		}
		break;
	default:
		put(c->bytes + at, bg_seeds_pick(e->seeds, size, &e->state), size, false);
	}
}

static bool add(struct bg_explorer *e, struct bg_vectors *vs, size_t parent, const struct candidate *c)
{
	BG_CLEANUP(bg_freep)
	char *name =
		bg_printf("generated: found %u with maps %s, from packet %zu", e->found + 1, e->contents, parent + 1);

	if (!bg_vectors_add(vs, name, BG_NOWHERE, c->bytes, c->len))
		return false;
	vs->all.v[vs->all.n - 1].generated = true;
	bg_vec_push(&e->parents, vs->all.n - 1);
	e->found++;
	return true;
}

/* A packet to start from: half of the time one of the last eight, for they went farthest; now and then any. */
static size_t choose(struct bg_explorer *e, const struct bg_vectors *vs)
{
	size_t n = e->parents.n, last = n < 8 ? n : 8;

	if (!n || !chance(e, 16))
		return chance(e, (unsigned)vs->all.n);
	return e->parents.v[chance(e, 2) ? n - 1 - chance(e, (unsigned)last) : chance(e, (unsigned)n)];
}

void bg_explore(struct bg_explorer *e, struct bg_vectors *vs)
{
	unsigned fruitless = 0;

	for (unsigned batch = 0; vs->all.n && batch < BATCHES && fruitless < FRUITLESS; batch++) {
		bool fruit = false;

		for (unsigned i = 0; i < BATCH && e->found < e->limit; i++) {
			size_t parent = choose(e, vs);
			const struct bg_packet *from = &vs->all.v[parent].in;
			struct candidate c = { .len = from->len };
			struct bg_packet p = { c.bytes, 0 };

			if (from->len > LONGEST)
				continue;
			memcpy(c.bytes, from->bytes, from->len);
			if (!chance(e, 3) || !turn(e, &c))
				for (unsigned k = 1 + chance(e, 4); k > 0; k--)
					change(e, &c);
			p.len = c.len;
			if (try_packet(e, &p)) {
				fruit = true;
				if (e->asked)
					bg_filling_ask(e->asked, e->trace);
				if (!add(e, vs, parent, &c))
					return;
			}
		}
		fruitless = fruit ? 0 : fruitless + 1;
	}
}
