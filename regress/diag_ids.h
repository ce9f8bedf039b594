/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The diagnostic ids of lock and regress: BG_ID_NAME. */
#ifndef BG_REGRESS_DIAG_IDS_H
#define BG_REGRESS_DIAG_IDS_H

enum {
#define X(name, number, meaning, text) BG_ID_##name = number,
#include "regress/diag_ids.def"
#undef X
};

#endif
