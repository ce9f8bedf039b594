/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The ids of compose's diagnostics, BG3xxx. */
#ifndef BG_COMPOSE_DIAG_IDS_H
#define BG_COMPOSE_DIAG_IDS_H

enum {
#define X(name, number, meaning, text) BG_ID_##name = number,
#include "compose/diag_ids.def"
#undef X
};

#endif
