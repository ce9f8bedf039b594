/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Progress and debug text on stderr. Results never go through here, nor does anything that a user must know. */
#ifndef BG_LOG_H
#define BG_LOG_H

#include "core/base.h"

enum bg_log_level { BG_LOG_QUIET, BG_LOG_INFO, BG_LOG_DEBUG, BG_LOG_TRACE };

void bg_log_setup(enum bg_log_level level, bool progress);
enum bg_log_level bg_log_level(void);
void bg_debug(const char *fmt, ...) BG_PRINTF(1, 2);
void bg_trace(const char *fmt, ...) BG_PRINTF(1, 2);
/* One line that the next one overwrites, on a terminal only; NULL clears it. */
void bg_progress(const char *fmt, ...) BG_PRINTF(1, 2);
void bg_progress_clear(void);

/*
 * libbpf's and libxdp's messages are captured, not printed: start, do the work, take. bg_log_capture_take()
 * returns what came since (caller frees, "" if nothing) and ends the capture. Not for several threads.
 */
void bg_log_capture_start(void);
char *bg_log_capture_take(void);

#endif
