/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which macros of the build would give another unit: those that conditions in the unit test, and that no source
 * defines. Each is tried with the other answer (-DX where it is undefined, -UX where the build defines it) by scanning
 * the translation unit once more.
 */
#ifndef BG_BUILDMACROS_H
#define BG_BUILDMACROS_H

#include <jansson.h>

#include "core/diag.h"
#include "extract/closure.h"

struct bg_build_macros_job {
	const struct bg_tu *f;
	const struct bg_closure *c;
	const struct bg_f_decl *entry;
	const char *main;                       /* as for bg_scan() */
	const struct bg_strv *flags;
};

/*
 * A note into ds for each that changes what the unit consists of, or that does not compile; returns all of them, in the
 * order of the unit, as [{macro, file, line, flag, added, removed, error}]: added and removed are numbers of
 * declarations, null with an error or when it was not tried.
 */
json_t *bg_build_macros(const struct bg_build_macros_job *job, struct bg_diags *ds);

#endif
