/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The parts of the soak: each prints its table and returns how many of its bars do not hold. */
#ifndef BG_TEST_SOAK_H
#define BG_TEST_SOAK_H

#include "fixture.h"

unsigned soak_swaps(struct fixture *f, unsigned swaps, const char *which); /* ways of attaching with this in their names */
unsigned soak_leaks(struct fixture *f, unsigned cycles);
unsigned soak_tcp(struct fixture *f, unsigned reloads);

/* Memory that a parent shares with the children that it forks, all zero; ends with the process. */
void *soak_shared(size_t size);
/* Whether the kernel lacks what this chain's attachment needs (BG3013), so that there is nothing to measure. */
bool soak_lacking(struct fixture *f, const char *text);

#endif
