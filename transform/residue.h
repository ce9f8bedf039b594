/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The scan of the result: nothing of the source hook may be left where it would not work or would be misread. */
#ifndef BG_TRANSFORM_RESIDUE_H
#define BG_TRANSFORM_RESIDUE_H

#include "transform/data.h"
#include "transform/facts.h"

/*
 * Parses the port (its text stands in file; shown_as names it in messages) and looks for members of the source's
 * context, helpers and kernel functions of the source alone, returns that were not translated, a section of the source.
 * 0, -EINVAL with BG_ID_RESIDUE, BG_ID_PORT_COMPILE.
 */
int bg_residue_scan(const char *file, const struct bg_strv *cflags, const struct bg_facts *before,
		    const struct bg_data *d, const struct bg_hook *to, struct bg_diags *ds);

#endif
