/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What a packet costs in a planned chain, by test runs of what was loaded to plan it. Nothing is attached. */
#ifndef BG_COST_H
#define BG_COST_H

#include "compose/plan.h"

/*
 * {packet, bytes, runs, rounds, ns, verdict, why, members: [{run, ns, verdict}]}: nanoseconds that a test run of the
 * chain takes, and of each member alone; null where it could not be measured, for the reason why. A plan that uses maps
 * of running programs is not run: the packets would be counted there. New reference.
 */
json_t *bg_plan_cost(const struct bg_plan *p);

#endif
