// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/seeds.h"

#define MAX_SEEDS 1024u

void bg_seeds_done(struct bg_seeds *s)
{
	bg_vec_done(&s->all);
}

static void add(struct bg_seeds *s, uint64_t v)
{
	size_t i = bg_vec_before(&s->all, , v);

	if ((i < s->all.n && s->all.v[i] == v) || s->all.n >= MAX_SEEDS)
		return;
	bg_vec_push(&s->all, v);
	memmove(&s->all.v[i + 1], &s->all.v[i], (s->all.n - 1 - i) * sizeof(v));
	s->all.v[i] = v;
}

/* Whether an immediate is something that a value is compared with, masked with or set to. */
static bool is_number(const struct bpf_insn *i)
{
	unsigned class = BPF_CLASS(i->code), op = BPF_OP(i->code);

	if (bg_insn_branches(i))
		return BPF_SRC(i->code) == BPF_K;
	if (class == BPF_ALU || class == BPF_ALU64)
		return BPF_SRC(i->code) == BPF_K && (op == BPF_MOV || op == BPF_AND || op == BPF_XOR || op == BPF_OR);
	return class == BPF_ST;
}

void bg_seeds_from(struct bg_seeds *s, const struct bg_code *c)
{
	for (uint32_t i = 0; i < c->n; i++) {
		const struct bpf_insn *insn = &c->insns[i];

		if (bg_insn_wide(insn)) {
			if (insn->src_reg == 0)
				add(s, (uint32_t)insn->imm | (uint64_t)(uint32_t)insn[1].imm << 32);
			i++;
		} else if (is_number(insn)) {
			add(s, (uint32_t)insn->imm);
		}
	}
}

static uint64_t swapped(uint64_t v, size_t bytes)
{
	return bytes == 2   ? __builtin_bswap16((uint16_t)v)
	       : bytes == 4 ? __builtin_bswap32((uint32_t)v)
			    : __builtin_bswap64(v);
}

uint64_t bg_seeds_pick(const struct bg_seeds *s, size_t bytes, uint64_t *state)
{
	uint64_t limit = bytes >= 8 ? UINT64_MAX : (1ull << (8 * bytes)) - 1, v;
	size_t n = bytes >= 8 ? s->all.n : bg_vec_before(&s->all, , limit + 1);

	if (!n)
		return ((uint64_t)bg_random(state) << 32 | bg_random(state)) & limit;
	/* the larger half fills so many bytes: a port among addresses */
	v = s->all.v[bg_random(state) % 2 ? n - 1 - bg_random(state) % ((n + 1) / 2) : bg_random(state) % n];
	return bytes > 1 && bytes != 3 && bg_random(state) % 2 ? swapped(v, bytes > 4 ? 8 : bytes) : v;
}
