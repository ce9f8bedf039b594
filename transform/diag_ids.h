/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The ids of the transformation's diagnostics, as core/diag.h has them for the core. */
#ifndef BG_TRANSFORM_DIAG_IDS_H
#define BG_TRANSFORM_DIAG_IDS_H

enum {
#define X(name, number, meaning, text) BG_ID_##name = number,
#include "transform/diag_ids.def"
#undef X
};

#endif
