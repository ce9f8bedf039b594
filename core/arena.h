/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Memory of many small pieces that are forgotten together. An arena starts as zeros. */
#ifndef BG_ARENA_H
#define BG_ARENA_H

#include "core/base.h"

struct bg_arena { struct bg_arena_chunk *chunks; };

/* n bytes, aligned for anything, not cleared; they live until the next reset. Never NULL. */
void *bg_arena_take(struct bg_arena *a, size_t n);
/* Forgets all pieces; some of the memory is kept for the next ones. */
void bg_arena_reset(struct bg_arena *a);
void bg_arena_done(struct bg_arena *a);

#endif
