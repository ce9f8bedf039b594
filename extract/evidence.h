/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The evidence beside a unit: its functions with callers and callees, its maps with readers and writers, why each
 * symbol is in, and the lines of upstream that it is made of.
 */
#ifndef BG_EVIDENCE_H
#define BG_EVIDENCE_H

#include <jansson.h>

#include "extract/pieces.h"

json_t *bg_evidence_functions(const struct bg_tu *f, const struct bg_closure *c, const char *entry);
json_t *bg_evidence_maps(const struct bg_tu *f, const struct bg_closure *c);
/* [{symbol, kind, file, line, how, needed_by}]: every declaration, macro and include of the unit. */
json_t *bg_evidence_symbols(const struct bg_tu *f, const struct bg_closure *c);
/* What messages call an item, and the kind of the declaration that stands for it. Borrowed. */
const char *bg_evidence_name(const struct bg_tu *f, uint32_t item);
const char *bg_evidence_kind(const struct bg_tu *f, uint32_t item);
/*
 * {schema, pieces: [{first, last, file, line, end_line, upstream}]} in the order of the unit: lines of it, and the
 * lines of upstream's file below root that they come from, as they stand there (null: it cannot be read). Of emitted
 * pieces.
 */
json_t *bg_evidence_pieces(const struct bg_tu *f, const struct bg_pieces *ps, const char *root);

#endif
