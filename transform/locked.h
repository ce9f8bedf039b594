/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the verifier counted when the spec was locked, against what it counts now, here and on other kernels. There is
 * no threshold: both numbers are told, and whether they are of the same kernel and clang.
 */
#ifndef BG_LOCKED_H
#define BG_LOCKED_H

#include <jansson.h>

#include "core/diag.h"

/* The lock's figures of the original. */
struct bg_locked {
	const char *name;	    /* of the locked unit */
	const char *kernel, *clang; /* that the figures were had with; NULL: the lock does not say */
	const char *clang_here;	    /* what compiled the original now, or NULL */
	const json_t *figures;	    /* as in the lock: {verifier_instructions, states...}, each a text of digits */
	struct bg_loc at;
};

/*
 * 'locked' of verify.json, from its 'kernel', 'verifier' and 'kernels'; null when l is NULL or has no figures of the
 * verifier. A note for each kernel on which a figure differs. New reference.
 */
json_t *bg_locked_compare(const struct bg_locked *l, const json_t *report, struct bg_diags *ds);

#endif
