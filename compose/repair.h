/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Taking away what shall not be on a hook any more: the end of every change, its rollback, and the repair after a
 * crash.
 */
#ifndef BG_REPAIR_H
#define BG_REPAIR_H

#include "compose/backend.h"

/*
 * Detaches all of gone that keep (or NULL) does not have as well, puts keep's programs back where gone's are in their
 * seats, and removes gone's pins. keep_pins: maps that the spec keeps stay pinned. 0, or -errno with gone's pins still
 * there.
 */
int bg_clear_away(struct bg_generation *gone, struct bg_generation *keep, bool keep_pins);
/*
 * What an interrupted change left, left, goes, and now (or NULL) stays. But when another part of its datapath, among all, was made
 * true by the same change, and left is attached as a whole, that is decided: left is made true as well, and now goes. 0 or -errno.
 */
int bg_clear_left(struct bg_generation *left, struct bg_generation *now, const struct bg_generations *all);

#endif
