/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The diagnostics of verification, as core/diag.h has those of core/. */
#ifndef BG_VERIFY_IDS_H
#define BG_VERIFY_IDS_H

enum {
#define X(name, number, meaning, text) BG_ID_##name = number,
#include "transform/verify_ids.def"
#undef X
};

#endif
