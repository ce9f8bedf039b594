/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where upstream's file does not compile: what in the repository could be the reason. A definition that its build
 * passes, a folder that holds the missing header, a flag of another compiler. Hints are notes; nothing is taken for the
 * user.
 */
#ifndef BG_HINTS_H
#define BG_HINTS_H

#include "extract/repo.h"

/* A note into ds for each error of ds, from number first on, that something is known of. flags: those that the file was
 * compiled with. */
void bg_hints_give(const struct bg_repo *repo, const char *file, const struct bg_strv *flags, size_t first,
		   struct bg_diags *ds);

#endif
