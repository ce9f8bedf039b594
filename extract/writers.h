/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Variables that only functions write which are not in the unit: there they keep their first value, so that the unit is
 * upstream's program alone, without what other programs tell it.
 */
#ifndef BG_WRITERS_H
#define BG_WRITERS_H

#include <jansson.h>

#include "core/diag.h"
#include "extract/closure.h"

/*
 * [{"variable", "file", "line", "static", "writers": [{"function", "file", "line"}]}], new reference: variables of the
 * unit that no function of it writes, but others of the translation unit do. What a function does is read off its text:
 * an assignment, ++ or --, or the address taken. Each is a note in ds.
 */
json_t *bg_writers(const struct bg_tu *f, const struct bg_closure *c, struct bg_diags *ds);

#endif
