/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Are two objects' types the same? What instructions do not show and the kernel and libbpf read: the types of global
 * functions, kernel functions, maps and variables, and what CO-RE relocates by them. Independent of the order and
 * numbers of types.
 */
#ifndef BG_BTFCMP_H
#define BG_BTFCMP_H

#include "core/base.h"

/*
 * Compares all types and, by place in a section, all CO-RE relocations. 0 and *ret_differs NULL when equal, else what
 * only one of them has, as "gone: struct x {...}" (caller frees). -EINVAL when an object cannot be read. An object
 * without BTF has no types.
 */
int bg_btfcmp(const char *left, const char *right, char **ret_differs);

/*
 * Whether every map of part, and every struct, union, enum and typedef that part defines, is in whole, the same: what
 * can be said of maps where libbpf does not open whole. Returns as bg_btfcmp().
 */
int bg_btfcmp_maps_within(const char *part, const char *whole, char **ret_differs);

/*
 * What the kernel and libbpf read of a program's types beside its maps: never NULL, empty where the object has no BTF.
 */
struct bg_types;
struct bg_types *bg_types_read(const char *object);
struct bg_types *bg_types_free(struct bg_types *t);
/* The CO-RE relocation at a byte of a section, "kind 0, 0:1 of struct task_struct.pid int"; NULL when there is none.
 * Borrowed. */
const char *bg_types_core(const struct bg_types *t, const char *section, uint64_t off);
/*
 * The type of a function or variable of that name, with the sizes of what its parameters point to where the kernel
 * reads those (of functions that are global or the kernel's, not of a program: its context is the kernel's own). NULL
 * when BTF has none. Caller frees.
 */
char *bg_types_text(const struct bg_types *t, const char *name, bool is_program);

#endif
