/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Integer types of a vmlinux.h that a header of the kernel has as well: <linux/types.h> has __u32, __be16, __wsum..., and
 * <asm/types.h> the first kind alone. libbpf's bpf_helpers.h wants a vmlinux.h or <linux/types.h> before itself. A
 * program's unit that has several of these types includes a header.
 */
#ifndef BG_LINUX_TYPES_H
#define BG_LINUX_TYPES_H

#include "extract/closure.h"

/* "<linux/types.h>" or "<asm/types.h>", if it can stand in the unit of this closure, which is shorter for it; or NULL. */
const char *bg_linux_types(const struct bg_tu *f, const struct bg_closure *c);
/* Whether the item is one of that header's types, with the same meaning. */
bool bg_linux_type(const struct bg_tu *f, uint32_t item, const char *header);

#endif
