/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A documented hook for tests: every step that changes the machine passes bg_change() first, so that tests can make
 * each of them fail (BPFGRAFT_TEST_FAIL_AT=N, the N-th from 1) or end the process there as a crash would
 * (BPFGRAFT_TEST_KILL_AT=N).
 */
#ifndef BG_FAULT_H
#define BG_FAULT_H

#include "core/base.h"

void bg_change_begin(void);	 /* counts from 1 again; failures are armed */
void bg_change_disarm(void);	 /* from here on nothing is made to fail: rolling back, or past the commit */
int bg_change(const char *step); /* 0, or -EIO when this step shall fail */

#endif
