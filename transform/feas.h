/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Feasibility: whether a program can be ported, construct by construct, before anything is written. */
#ifndef BG_TRANSFORM_FEAS_H
#define BG_TRANSFORM_FEAS_H

#include <jansson.h>

#include "transform/data.h"
#include "transform/facts.h"
#include "transform/kernel.h"

/*
 * Looks up every fact for the target in the kernel; rules says whether a set of them ports between the two hooks.
 * Errors, questions not in accept, and reservations go to ds at their place with the call path; the latter two also to
 * ret_reservations: [{id, message, path, line, col}]. BG_EXIT_OK, BG_EXIT_NO, BG_EXIT_ASK, or BG_EXIT_USAGE for an
 * accepted id that is no question.
 */
enum bg_exit bg_feas_check(const struct bg_facts *f, const struct bg_data *d, const struct bg_hook *to,
			   struct bg_kernel *kernel, bool rules, const struct bg_strv *accept, struct bg_diags *ds,
			   json_t *ret_reservations);

/* Whether the program looks at its packets or changes them (rows of kind 'touches'); if not, a port need not bring them
 * into form. */
bool bg_feas_touches_packet(const struct bg_facts *f, const struct bg_data *d);
/* Whether the program is a port that brings packets into its old hook's form: back there they have it already. */
bool bg_feas_is_home(const struct bg_facts *f);

#endif
