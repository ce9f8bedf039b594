/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Integer types of a vmlinux.h that <linux/types.h> has as well: __u32, __be16, __wsum... libbpf's bpf_helpers.h wants
 * one of the two headers before itself. A program's unit that has several of these types includes the latter.
 */
#ifndef BG_LINUX_TYPES_H
#define BG_LINUX_TYPES_H

#include "extract/closure.h"

#define BG_LINUX_TYPES "<linux/types.h>"

/* Whether the item is one of these types, with the same meaning. */
bool bg_linux_type(const struct bg_tu *f, uint32_t item);
/* Whether the unit of this closure can, and is shorter for it. */
bool bg_linux_types_serve(const struct bg_tu *f, const struct bg_closure *c);

#endif
