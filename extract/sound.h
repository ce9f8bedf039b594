/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Whether facts are such as a scan makes them. Those that come from an index may be anything; what uses facts (closure,
 * emission, evidence) relies on what is looked at here.
 */
#ifndef BG_SOUND_H
#define BG_SOUND_H

#include "extract/tu.h"

/* All but the text, which is not looked at: n_text must be its length. */
bool bg_tu_sound(const struct bg_tu *f);

#endif
