/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Helpers whose results differ by nature: from one run to the next, though the packet and the maps are the same. In
 * copies of programs that only tests run, their calls become a few instructions that take the result from memory, where
 * a clock and chance are that depend on the number of the run alone. So original and port get the same from them.
 */
#ifndef BG_PIN_H
#define BG_PIN_H

#include <bpf/libbpf.h>
#include <jansson.h>

#include "transform/code.h"

#define BG_PIN_INSNS  12u /* at most, in the place of a call */
#define BG_PIN_MEMORY 24u /* bytes, at a multiple of 8 */

/* Whether an instruction calls a helper that can be pinned by instructions. */
bool bg_pin_is(const struct bpf_insn *i);
/* The instructions for it, which use the map's memory from byte 'at' on; how many. They write only r0..r5, as a call
 * does. */
uint32_t bg_pin_insns(const struct bpf_insn *call, int map, uint32_t at, struct bpf_insn ret[BG_PIN_INSNS]);
/* Sets the memory for a program's run of this number. Time passes between runs, by a microsecond up to a minute. */
void bg_pin_set(unsigned char *memory, uint64_t run);

/* Names of helpers that a loaded object's programs call. */
struct bg_pins {
	struct bg_strv pinned;
	struct bg_strv excluded, why; /* not pinned, and the reason for each */
	bool calls;		      /* the entry calls one that instructions could pin */
};
/* replaced: the entry runs with its calls replaced. */
void bg_pins_find(const struct bpf_object *obj, const struct bpf_program *entry, bool replaced, struct bg_pins *ret);
void bg_pins_done(struct bg_pins *p);
json_t *bg_pins_json(const struct bg_pins *p);

#endif
