/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The JSON text in a datapath's state map. */
#ifndef BG_RECORD_H
#define BG_RECORD_H

#include <jansson.h>

#include "compose/generation.h"

json_t *bg_generation_record(const struct bg_generation *g);
/* g->datapath is set by the caller, from the folder's name; false when the text is not one that this version wrote. */
bool bg_generation_from_record(struct bg_generation *g, json_t *doc);

#endif
