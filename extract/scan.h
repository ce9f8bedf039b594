/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The one libclang pass over a translation unit: from source to facts. Inside: scan.c (items, order of work), refs.c
 * (references).
 */
#ifndef BG_SCAN_H
#define BG_SCAN_H

#include "core/diag.h"
#include "extract/tu.h"

/*
 * Parses main (path relative to root, or absolute) with flags (relative folders in them start at root). 0 with *ret;
 * -EINVAL when upstream has errors (in ds); another negative errno with a diagnostic.
 */
int bg_scan(const char *root, const char *main, const struct bg_strv *flags, struct bg_diags *ds, struct bg_tu **ret);

/* flags with relative folders and files of -I, -include... made absolute below root: what libclang needs. */
void bg_flags_absolute(struct bg_strv *to, const struct bg_strv *flags, const char *root);

#endif
