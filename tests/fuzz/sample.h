/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The index of a small program, which targets damage and then use: made by scanning and storing it when a target starts, so that
 * it always has the tables of today.
 */
#ifndef BG_FUZZ_SAMPLE_H
#define BG_FUZZ_SAMPLE_H

#include "core/base.h"

struct sample {
	char *path;                     /* where damaged indexes go */
	struct bg_str bytes;            /* the undamaged one */
};

/* Once. Ends the process when the program cannot be indexed. */
void sample_make(struct sample *t);
/* Writes n bytes as the index. */
void sample_write(const struct sample *t, const void *data, size_t n);
/* What is done with an index: the facts of its unit, the units of all functions, the evidence; queries, which take longest. */
void sample_use(const struct sample *t, bool queries);

#endif
