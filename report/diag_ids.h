/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The report's diagnostic ids (core/diag.h says how they are formed). */
#ifndef BG_REPORT_DIAG_IDS_H
#define BG_REPORT_DIAG_IDS_H

enum {
#define X(name, number, meaning, text) BG_ID_##name = number,
#include "report/diag_ids.def"
#undef X
};

#endif
