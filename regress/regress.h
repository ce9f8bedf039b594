/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What upstream did to the units of a spec since it was locked. This header is the folder's whole interface; the other
 * headers in it are its inside.
 */
#ifndef BG_REGRESS_H
#define BG_REGRESS_H

#include <jansson.h>

#include "core/lock.h"

/*
 * The figures of a unit by which two versions of it are compared, of extract.json (NULL: none): {instructions, verdict,
 * loads, verifier_instructions, states, peak_states}; what is not known is left out. New reference.
 */
json_t *bg_regress_figures(const json_t *report);

#endif
