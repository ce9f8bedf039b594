/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The extract stage's diagnostic ids: BG_ID_NAME. */
#ifndef BG_EXTRACT_DIAG_IDS_H
#define BG_EXTRACT_DIAG_IDS_H

enum {
#define X(name, number, meaning, text) BG_ID_##name = number,
#include "extract/diag_ids.def"
#undef X
};

#endif
