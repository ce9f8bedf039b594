/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Are two objects' types the same? What instructions do not show and the kernel and libbpf read: the types of global functions, kernel functions,
 * maps and variables, and what CO-RE relocates by them. Independent of the order and numbers of types.
 */
#ifndef BG_BTFCMP_H
#define BG_BTFCMP_H

#include "core/base.h"

/*
 * Compares all types and, by place in a section, all CO-RE relocations. 0 and *ret_differs NULL when equal, else what only one of them has, as "gone: struct
 * x {...}" (caller frees). -EINVAL when an object cannot be read. An object without BTF has no types.
 */
int bg_btfcmp(const char *left, const char *right, char **ret_differs);

/*
 * Whether every map of part, and every struct, union, enum and typedef that part defines, is in whole, the same: what can be said of maps where libbpf
 * does not open whole. Returns as bg_btfcmp().
 */
int bg_btfcmp_maps_within(const char *part, const char *whole, char **ret_differs);

#endif
