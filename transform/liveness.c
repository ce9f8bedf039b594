// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/liveness.h"

#define BIT(r)	  ((uint16_t)(1u << (r)))
#define ARGUMENTS ((uint16_t)0x3e) /* r1..r5 */

static struct bg_effect of_alu(const struct bpf_insn *i)
{
	struct bg_effect e = { .writes = BIT(i->dst_reg) };

	if (BPF_OP(i->code) != BPF_MOV)
		e.reads = BIT(i->dst_reg);
	if (BPF_SRC(i->code) == BPF_X && BPF_OP(i->code) != BPF_END)
		e.reads |= BIT(i->src_reg);
	return e;
}

static struct bg_effect of_jump(const struct bpf_insn *i)
{
	switch (BPF_OP(i->code)) {
	case BPF_CALL:
		return (struct bg_effect){ ARGUMENTS, ARGUMENTS | BIT(BPF_REG_0) };
	case BPF_EXIT:
		return (struct bg_effect){ BIT(BPF_REG_0), 0 };
	case BPF_JA:
		return (struct bg_effect){ 0, 0 };
	default:
		return (struct bg_effect){ BIT(i->dst_reg) | (BPF_SRC(i->code) == BPF_X ? BIT(i->src_reg) : 0), 0 };
	}
}

struct bg_effect bg_insn_effect(const struct bpf_insn *i)
{
	switch (BPF_CLASS(i->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return of_alu(i);
	case BPF_JMP:
	case BPF_JMP32:
		return of_jump(i);
	case BPF_LDX:
		return (struct bg_effect){ BIT(i->src_reg), BIT(i->dst_reg) };
	case BPF_ST:
		return (struct bg_effect){ BIT(i->dst_reg), 0 };
	case BPF_STX: /* atomic ones may read r0 and write a register: that is not counted, which is on the safe side */
		return (struct bg_effect){ BIT(i->dst_reg) | BIT(i->src_reg) | BIT(BPF_REG_0), 0 };
	default: /* BPF_LD: an immediate, or a byte of the packet as of old (r6 is the context) */
		if (bg_insn_wide(i))
			return (struct bg_effect){ 0, BIT(i->dst_reg) };
		return (struct bg_effect){ BIT(BPF_REG_6) | BIT(i->src_reg), BIT(BPF_REG_0) };
	}
}

/* One pass backward over a function; whether anything changed. *ret_bad: a jump leads out of it. */
static bool pass(const struct bg_code *c, const struct bg_code_func *f, uint16_t *live, bool *ret_bad)
{
	bool changed = false;

	for (uint32_t k = f->n; k-- > 0;) {
		uint32_t i = f->start + k, width = bg_insn_wide(&c->insns[i]) ? 2 : 1;
		const struct bpf_insn *insn = &c->insns[i];
		struct bg_effect e = bg_insn_effect(insn);
		uint16_t after = 0, now;

		if (insn->code == 0) /* the second half of a wide one */
			continue;
		if (bg_insn_jumps(insn)) {
			int64_t to = (int64_t)i + 1 + bg_insn_offset(insn);

			if (to < f->start || to >= (int64_t)f->start + f->n) {
				*ret_bad = true;
				return false;
			}
			after |= live[to];
		}
		if (insn->code != (BPF_JMP | BPF_EXIT) && (!bg_insn_jumps(insn) || bg_insn_branches(insn)) &&
		    k + width < f->n)
			after |= live[i + width];
		now = e.reads | (after & ~e.writes);
		changed |= now != live[i];
		live[i] = now;
	}
	return changed;
}

uint16_t *bg_liveness(const struct bg_code *c)
{
	uint16_t *live = bg_alloc(c->n * sizeof(*live));
	bool bad = false;

	for (size_t f = 0; f < c->funcs.n && !bad; f++)
		while (pass(c, &c->funcs.v[f], live, &bad))
			;
	if (bad)
		bg_freep(&live);
	return live;
}
