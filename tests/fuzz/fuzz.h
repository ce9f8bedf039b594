/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What every fuzz target has: libFuzzer's entry points, which standalone.c calls where there is no libFuzzer. */
#ifndef BG_FUZZ_H
#define BG_FUZZ_H

#include "core/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Provided by libFuzzer: changes data in place, to at most max bytes; returns its new size. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* A finding: a promise that does not hold for this input. */
#define FUZZ_MUST(condition) do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#endif
