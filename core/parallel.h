/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* One function over many inputs, each in a forked process of its own, on all processors at once. */
#ifndef BG_PARALLEL_H
#define BG_PARALLEL_H

#include "core/base.h"

struct bg_parallel {
	size_t n;                                               /* inputs */
	/* in a process of its own: what it changes is lost, out is returned */
	void (*work)(void *ctx, size_t i, struct bg_str *out);
	void (*progress)(void *ctx, size_t done);               /* here, whenever one has ended; or NULL */
	void *ctx;
	unsigned workers;                                       /* at once; 0 = as many as there are processors */
};

/*
 * ret: n strings in the order of inputs, zero before, to be released in any case. 0; -ECHILD when a process ended
 * without having finished its work (its string is empty then, as all that follow may be); another negative errno when
 * one could not be started.
 */
int bg_parallel_run(const struct bg_parallel *p, struct bg_str *ret);

#endif
