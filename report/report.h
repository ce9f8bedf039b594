/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * One run as one HTML page, made of what lies in its output folder and of nothing else: run.json, the evidence and the
 * sources of its items. The page stands alone: no script, nothing from elsewhere; what upstream wrote is text in it.
 */
#ifndef BG_REPORT_H
#define BG_REPORT_H

#include <jansson.h>

#include "core/base.h"
#include "core/diag.h"

#define BG_RUN_FILE    "run.json" /* the document that 'run --json' prints */
#define BG_REPORT_FILE "report.html"

/*
 * Writes the page of the output folder dir to path (NULL: report.html in it). BG_EXIT_OK; BG_EXIT_USAGE with
 * BG_ID_REPORT_INPUT when there is no run.json that can be read; BG_EXIT_ENV with BG_ID_FILE. What an item lacks is
 * left out, and said so on the page.
 */
enum bg_exit bg_report_write(const char *dir, const char *path, struct bg_diags *ds);

#endif
