/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Joining programs at instruction level: independently compiled programs become one, with nothing renamed and nothing
 * merged, because relocated instructions have no names. The idea is KFuse's (Kuo et al., EuroSys 2022), which does it
 * inside the kernel; here it needs no change there. Pure: works on images, asks no kernel.
 *
 *   inline   the entries' bodies stand one behind the other in one function; every 'exit' jumps to where the verdict is
 *            looked at. Costs two to four instructions a program. They share 512 bytes of stack, one after another.
 *   calls    every entry becomes a subprogram. Costs a call and a return (7 to 8 ns where the CPU needs return thunks),
 *            adds up stacks along the call, but a part may tail call: what it calls returns to the chain.
 */
#ifndef BG_FUSE_H
#define BG_FUSE_H

#include "compose/image.h"

enum bg_fuse_how { BG_FUSE_INLINE, BG_FUSE_CALLS };
extern const char *const bg_fuse_names[]; /* "inline", "calls" */

#define BG_FUSE_STOP SIZE_MAX

#define BG_FUSE_COUNTS 16

/* Metadata: variables of a part that are places in a block of bytes, which the whole chain has on its stack. */
struct bg_fuse_meta_var {
	unsigned from, size; /* in the part's section */
	unsigned to;	     /* in the block */
};
struct bg_fuse_meta {
	BG_VEC(struct bg_fuse_meta_var) vars;
	int fd; /* of the map that the section is while the part is alone */
};

struct bg_fuse_part {
	const struct bg_image *image;
	const char *name;	    /* in the line info of the joints */
	unsigned stack;		    /* bytes that the entry uses, as the verifier counts them */
	const int32_t *continue_on; /* verdicts after which the next part runs; at least one */
	size_t n_continue;
	const struct bg_fuse_meta *meta; /* or NULL */
	size_t otherwise; /* the part behind this one that runs after any other verdict, or BG_FUSE_STOP: it is the chain's */
};

/* What of a packet can hold metadata: the five words of struct __sk_buff that are for this, or the bytes before the packet, from XDP on. */
enum bg_fuse_carrier { BG_CARRY_NOTHING, BG_CARRY_CB, BG_CARRY_DATA_META };
/* Bytes of metadata that a carrier takes, with those that say whose they are. */
#define BG_CARRY_CB_SIZE	20
#define BG_CARRY_DATA_META_SIZE 32

struct bg_fuse_chain {
	const char *name; /* of the function that the result is */
	const struct bg_fuse_part *parts;
	size_t n;
	const int32_t *final; /* the verdict when the last part continues, too; NULL: the last part's own */
	unsigned meta_size;   /* of the block of metadata, which is zero when a packet comes; a multiple of 8. Inline only */
	/*
	 * Between programs the block travels with the packet, behind a number that says whose it is: in meta_in is looked at when a
	 * program begins, meta_out is written before it tail calls, and with out_at_end whenever it ends.
	 */
	enum bg_fuse_carrier meta_in, meta_out;
	bool out_at_end;
	uint32_t meta_magic;
	bool xdp; /* of the context: struct xdp_md, else struct __sk_buff */
	/*
	 * Of a chain that is too much for one program, a piece: parts [from, to). On to a part outside of it the way is a
	 * tail call to slot PART of a program array, which holds the piece that begins there. from = to = 0: all of it.
	 */
	size_t from, to;
	int array_fd;
	/*
	 * After a verdict of these the packet goes on to a program of others, which they put into slot 0 of a program array; while
	 * nobody has, the verdict is the chain's. n_pass 0: there is nobody behind the chain. Not with pieces.
	 */
	const int32_t *pass;
	size_t n_pass;
	int next_fd;
	/*
	 * counted: packets per part and verdict, in the one value of a per-CPU array: for each part BG_FUSE_COUNTS numbers of 64 bits,
	 * the n-th for verdict n - 1, the last for all others. Part 0's are the first_counted-th.
	 */
	bool counted;
	int counts_fd;
	size_t first_counted;
	int32_t lost; /* the verdict when there is no way on: the array's slot is empty, or the kernel's limit is reached */
};

/*
 * The chain, or the piece of it, as one program; *ret owns its BTF. Its instructions hold the file descriptors that the parts' hold. 0;
 * -EINVAL when what is joined is no chain, -E2BIG with *ret_why (caller frees) when it does not fit this way.
 */
int bg_fuse(const struct bg_fuse_chain *c, enum bg_fuse_how how, struct bg_image *ret, char **ret_why);

#endif
