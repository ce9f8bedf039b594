/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A program that writes down what it does: the same instructions, with others between them that note, in a map of their
 * own, which ways its conditional jumps go, what they compare, and which keys it looks up. It shares the maps of the
 * program that it was made from, and does everything else as that one does. Only registers that hold nothing of use are
 * written.
 */
#ifndef BG_TRACE_H
#define BG_TRACE_H

#include "transform/code.h"
#include "transform/testrun.h"

/* A conditional jump: two ways, [0] onwards, [1] to its target. */
struct bg_trace_branch {
	uint32_t insn, to[2];
	uint32_t noted[2]; /* where in the memory a way is noted, 0 = not at all: no register was free */
	uint32_t operands; /* where its operands are, two of 64 bits, or 0 */
};

/* A lookup in a map that is known: where the memory has its key (a byte that says so, then the key), and the map. */
struct bg_trace_lookup {
	uint32_t insn, key, key_size;
	const struct bpf_map *map;
};

/* A call that names the map to send to: the last packet's key is in the memory. */
struct bg_trace_send {
	uint32_t insn;
	const struct bpf_map *map; /* NULL: unknown */
};

struct bg_trace {
	const struct bg_hook *hook;
	struct bg_code code;
	int fd, map;
	unsigned char *memory; /* cleared before each run */
	size_t size;
	bool operands;
	BG_VEC(struct bg_trace_branch) branches;
	BG_VEC(struct bg_trace_lookup) lookups;
	BG_VEC(struct bg_trace_send) sends;
	uint32_t sent;	  /* where the memory has the last send */
	uint32_t pinned;  /* where it has what pinned helpers give (pin.h), 0 = none are pinned */
	uint64_t runs;
	bool other_sends; /* by helpers that are not noted */
	bool wrapped;	  /* a packet's outer VLAN tag is moved beside it before a run */
	unsigned char *room;
};

/* The ways of branches, what they compare, and keys. Where packets are sent is always noted. */
#define BG_TRACE_BRANCHES 1u
#define BG_TRACE_WRAPPED  2u /* with the wrapper of wrap.h */
#define BG_TRACE_PINNED	  4u /* with the calls of pin.h replaced */

/*
 * Makes and loads one from a loaded instance, which must outlive it. 0; a negative errno with the reason for a person
 * in *ret_why (caller frees) when this program cannot be traced: that is not an error. -ENODATA: there is nothing to
 * note, neither by 'what' nor a call that sends packets. *ret is to be released in any case.
 */
int bg_trace_load(struct bg_trace *t, const char *path, const struct bg_instance *in, unsigned what, char **ret_why);
void bg_trace_done(struct bg_trace *t);

/* Before each run: nothing noted yet, and what the pinned helpers are to give. */
void bg_trace_begin(struct bg_trace *t);

/* Runs a packet; afterwards memory has what it did. 0, or a negative errno, -EINVAL when the kernel does not take the
 * packet. */
int bg_trace_run(struct bg_trace *t, const struct bg_packet *p);

/* Where the last run sent its packet, if its verdict is to send it. */
struct bg_target bg_trace_target(const struct bg_trace *t);

static inline bool bg_trace_took(const struct bg_trace *t, const struct bg_trace_branch *b, int way)
{
	return b->noted[way] && t->memory[b->noted[way]];
}

#endif
