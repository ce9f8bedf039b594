/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A loaded program's instructions as libbpf gave them to the kernel, where its functions begin, and what the object's
 * .BTF.ext says of them. libbpf appends the functions that a program calls behind it and tells nobody where they came
 * from, so the calls are followed in the object's relocations once more.
 */
#ifndef BG_CODE_H
#define BG_CODE_H

#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "core/base.h"

struct bg_code_func {
	uint32_t start, n; /* instructions */
	uint32_t type_id;  /* in the object's BTF; 0 = unknown */
};

/* From this instruction on, until the next line: a place in the source. */
struct bg_code_line {
	uint32_t insn, line, col;
	const char *file;
};

struct bg_code {
	const struct bpf_insn *insns; /* of the program: borrowed, as long as its object lives, unless own has them */
	struct bpf_insn *own;
	uint32_t n;
	BG_VEC(struct bg_code_func) funcs; /* sorted by start, without gaps */
	BG_VEC(struct bg_code_line) lines; /* sorted by insn; empty when the object was compiled without -g */
};

/*
 * Reads a program that libbpf has loaded from the object at path. 0; -ENOTSUP for instructions that do not form
 * functions (too many, calls out of range); -EINVAL when the object's tables do not fit the program. *ret is to be
 * released in any case.
 */
int bg_code_read(const char *path, const struct bpf_object *obj, const struct bpf_program *prog, struct bg_code *ret);
void bg_code_done(struct bg_code *c);

/* The line of an instruction, or NULL. */
const struct bg_code_line *bg_code_line(const struct bg_code *c, uint32_t insn);

static inline bool bg_insn_wide(const struct bpf_insn *i)
{
	return i->code == (BPF_LD | BPF_IMM | BPF_DW);
}
/* Calls a function of the program, or takes its address: imm is relative. */
static inline bool bg_insn_refers(const struct bpf_insn *i)
{
	return (i->code == (BPF_JMP | BPF_CALL) && i->src_reg == BPF_PSEUDO_CALL) ||
	       (bg_insn_wide(i) && i->src_reg == BPF_PSEUDO_FUNC);
}
static inline bool bg_insn_jumps(const struct bpf_insn *i)
{
	unsigned class = BPF_CLASS(i->code), op = BPF_OP(i->code);

	return (class == BPF_JMP || class == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT;
}
/* JA: the jump without a condition. */
static inline bool bg_insn_branches(const struct bpf_insn *i)
{
	return bg_insn_jumps(i) && BPF_OP(i->code) != BPF_JA;
}
/* Where a jump leads, relative to the next instruction; JMP32|JA is the one with a long offset. */
static inline int32_t bg_insn_offset(const struct bpf_insn *i)
{
	return i->code == (BPF_JMP32 | BPF_JA) ? i->imm : i->off;
}

#endif
