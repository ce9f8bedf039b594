/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Sources that bpfgraft makes from upstream's, in the cache folder: what m4 makes of a template (template.h), a file of
 * which only one definition is left (answers.h). Each is kept by its content and named as the upstream file that it
 * stands for, so that places, licences and evidence are upstream's.
 */
#ifndef BG_MADE_H
#define BG_MADE_H

#include "core/base.h"
#include "core/diag.h"

/* Writes text as what stands for the repository's file rel. Its absolute path (caller frees), NULL with a diagnostic.
 */
char *bg_made_write(const char *rel, const struct bg_str *text, struct bg_diags *ds);
/* The upstream file that path (absolute) stands for, relative to the repository's root; NULL: bpfgraft did not make it.
 * Caller frees. */
char *bg_made_origin(const char *path);

#endif
