// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/pin.h"

/* Offsets in the memory, of 64 bits each. */
#define CLOCK	0 /* nanoseconds; a call adds one */
#define JIFFIES 8
#define CHANCE	16 /* of which the upper half is the next number */

#define START  1000000000000ull	      /* the clock at the first packet: a machine that has been up for a while */
#define JIFFY  4000000ull	      /* nanoseconds: HZ is 250, as Debian's kernel has it */
#define FACTOR 6364136223846793005ull /* Knuth's linear congruence (MMIX) */
#define ADDEND 1442695040888963407ull

#define INSN(c, d, s, o, i)                                                                                            \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (int16_t)(o), .imm = (int32_t)(i) })

enum kind {
	BY_CLOCK, /* replaced by instructions */
	BY_JIFFIES,
	BY_CHANCE,
	BY_CPU, /* all runs stay on one CPU */
	NOT,	/* cannot be pinned */
};

static const struct helper {
	int32_t id;
	enum kind kind;
	const char *name, *why;
} helpers[] = {
	{ BPF_FUNC_ktime_get_ns, BY_CLOCK, "bpf_ktime_get_ns", NULL },
	{ BPF_FUNC_ktime_get_boot_ns, BY_CLOCK, "bpf_ktime_get_boot_ns", NULL },
	{ BPF_FUNC_ktime_get_coarse_ns, BY_CLOCK, "bpf_ktime_get_coarse_ns", NULL },
	{ BPF_FUNC_ktime_get_tai_ns, BY_CLOCK, "bpf_ktime_get_tai_ns", NULL },
	{ BPF_FUNC_jiffies64, BY_JIFFIES, "bpf_jiffies64", NULL },
	{ BPF_FUNC_get_prandom_u32, BY_CHANCE, "bpf_get_prandom_u32", NULL },
	{ BPF_FUNC_get_smp_processor_id, BY_CPU, "bpf_get_smp_processor_id", NULL },
	{ BPF_FUNC_get_numa_node_id, BY_CPU, "bpf_get_numa_node_id", NULL },
	{ BPF_FUNC_perf_event_read, NOT, "bpf_perf_event_read", "it counts what the machine does" },
	{ BPF_FUNC_perf_event_read_value, NOT, "bpf_perf_event_read_value", "it counts what the machine does" },
	{ BPF_FUNC_get_stackid, NOT, "bpf_get_stackid", "a stack holds the program's addresses" },
	{ BPF_FUNC_get_stack, NOT, "bpf_get_stack", "a stack holds the program's addresses" },
	{ BPF_FUNC_timer_start, NOT, "bpf_timer_start", "the kernel calls its callback by its own clock" },
};

static const struct helper *helper_of(const struct bpf_insn *i)
{
	if (i->code != (BPF_JMP | BPF_CALL) || i->src_reg)
		return NULL;
	for (size_t k = 0; k < BG_ARRAY_SIZE(helpers); k++)
		if (helpers[k].id == i->imm)
			return &helpers[k];
	return NULL;
}

bool bg_pin_is(const struct bpf_insn *i)
{
	const struct helper *h = helper_of(i);

	return h && h->kind < BY_CPU;
}

/* reg = a number of 64 bits. */
static uint32_t number(struct bpf_insn *to, int reg, uint64_t v)
{
	to[0] = INSN(BPF_LD | BPF_IMM | BPF_DW, reg, 0, 0, (uint32_t)v);
	to[1] = INSN(0, 0, 0, 0, (uint32_t)(v >> 32));
	return 2;
}

uint32_t bg_pin_insns(const struct bpf_insn *call, int map, uint32_t at, struct bpf_insn ret[BG_PIN_INSNS])
{
	enum kind kind = helper_of(call)->kind;
	int off = kind == BY_CLOCK ? CLOCK : kind == BY_JIFFIES ? JIFFIES : CHANCE;
	uint32_t n = 0;

	ret[n++] = INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_VALUE, 0, map);
	ret[n++] = INSN(0, 0, 0, 0, at);
	ret[n++] = INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_0, BPF_REG_1, off, 0);
	if (kind == BY_JIFFIES)
		return n;
	ret[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_0, 0, 0);
	if (kind == BY_CLOCK) {
		ret[n++] = INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, 1);
	} else {
		ret[n++] = INSN(BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_0, 0, 0, 32);
		n += number(ret + n, BPF_REG_3, FACTOR);
		ret[n++] = INSN(BPF_ALU64 | BPF_MUL | BPF_X, BPF_REG_2, BPF_REG_3, 0, 0);
		n += number(ret + n, BPF_REG_3, ADDEND);
		ret[n++] = INSN(BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_2, BPF_REG_3, 0, 0);
	}
	ret[n++] = INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_2, off, 0);
	return n;
}

void bg_pin_set(unsigned char *memory, uint64_t run)
{
	/* Most packets follow closely, as a limit on their rate wants to see; now and then a second or a minute passes.
	 */
	static const uint64_t steps[] = { 1000,	  5000,	      20000, 1000,    1000000, 3000,	  1000,	 50000000,
					  700000, 1100000000, 2000,  1000000, 1000,    250000000, 10000, 65000000000 };
	uint64_t round = 0, clock = START, chance;

	for (size_t i = 0; i < BG_ARRAY_SIZE(steps); i++)
		round += steps[i];
	clock += run / BG_ARRAY_SIZE(steps) * round;
	for (size_t i = 0; i < run % BG_ARRAY_SIZE(steps); i++)
		clock += steps[i];
	chance = (run + 1) * FACTOR + ADDEND;
	if (run % 8 == 1) /* the ends of what there is */
		chance &= 0xffffffff;
	else if (run % 8 == 2)
		chance |= 0xffffffff00000000;
	memcpy(memory + CLOCK, &clock, sizeof(clock));
	clock /= JIFFY;
	memcpy(memory + JIFFIES, &clock, sizeof(clock));
	memcpy(memory + CHANCE, &chance, sizeof(chance));
}

static void found(struct bg_pins *p, const struct helper *h, bool in_entry, bool replaced)
{
	if (h->kind == BY_CPU || (h->kind < BY_CPU && in_entry && replaced)) {
		if (!bg_strv_has(&p->pinned, h->name))
			bg_strv_add(&p->pinned, h->name);
		return;
	}
	if (bg_strv_has(&p->excluded, h->name))
		return;
	bg_strv_add(&p->excluded, h->name);
	bg_strv_add(&p->why, h->why	? h->why
			     : in_entry ? "the kernel does not take one of the programs with its calls replaced"
					: "a program that is reached by a tail call calls it");
}

void bg_pins_find(const struct bpf_object *obj, const struct bpf_program *entry, bool replaced, struct bg_pins *ret)
{
	const struct bpf_program *prog;

	for (prog = bpf_object__next_program((struct bpf_object *)obj, NULL); prog;
	     prog = bpf_object__next_program((struct bpf_object *)obj, (struct bpf_program *)prog)) {
		const struct bpf_insn *insns = bpf_program__insns(prog);

		for (size_t i = 0; bpf_program__fd(prog) >= 0 && i < bpf_program__insn_cnt(prog); i++) {
			const struct helper *h = helper_of(&insns[i]);

			if (h)
				found(ret, h, prog == entry, replaced);
			ret->calls |= h && h->kind < BY_CPU && prog == entry;
			i += bg_insn_wide(&insns[i]);
		}
	}
}

void bg_pins_done(struct bg_pins *p)
{
	bg_strv_done(&p->pinned);
	bg_strv_done(&p->excluded);
	bg_strv_done(&p->why);
	*p = (struct bg_pins){ 0 };
}

json_t *bg_pins_json(const struct bg_pins *p)
{
	json_t *pinned = json_array(), *excluded = json_array();

	for (size_t i = 0; i < p->pinned.n; i++)
		json_array_append_new(pinned, json_string(p->pinned.v[i]));
	for (size_t i = 0; i < p->excluded.n; i++)
		json_array_append_new(excluded,
				      json_pack("{s:s, s:s}", "helper", p->excluded.v[i], "why", p->why.v[i]));
	return json_pack("{s:o, s:o}", "pinned", pinned, "excluded", excluded);
}
