/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * vmlinux.h for upstream code that includes it and lets its build generate it: from the running kernel's BTF, kept in
 * the cache.
 */
#ifndef BG_VMLINUX_H
#define BG_VMLINUX_H

#include "core/base.h"
#include "core/diag.h"

/*
 * The folder with the running kernel's vmlinux.h (caller frees), made when missing; NULL with a diagnostic when the
 * kernel has no BTF.
 */
char *bg_vmlinux_dir(struct bg_diags *ds);
/* Whether path (absolute) is such a generated header. */
bool bg_vmlinux_is(const char *path);

#endif
