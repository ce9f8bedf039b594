/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Which registers of a BPF program hold a value that is still to be read: whoever inserts instructions may write the
 * others. */
#ifndef BG_LIVENESS_H
#define BG_LIVENESS_H

#include "transform/code.h"

/* Which registers an instruction reads and writes, a bit for each. */
struct bg_effect {
	uint16_t reads, writes;
};
struct bg_effect bg_insn_effect(const struct bpf_insn *i);

/*
 * For each instruction, a bit per register r0..r9 that may be read before it is written, at and after it. Rather too
 * many than too few: a call counts as reading r1..r5. NULL when a jump leads out of its function. Caller frees.
 */
uint16_t *bg_liveness(const struct bg_code *c);

#endif
