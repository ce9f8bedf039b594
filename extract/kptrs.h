/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Structs that maps' values hold tagged pointers to (kptrs). clang writes a struct behind a member into BTF as
 * declared, unless something else of the object brings it in whole, and to the kernel a pointer to what is only
 * declared is no kptr.
 */
#ifndef BG_KPTRS_H
#define BG_KPTRS_H

#include "core/base.h"

/*
 * The names of those that the object only declares, and that whole defines; whole NULL: of all that it only declares.
 * -EINVAL: an object cannot be read. One without BTF has none.
 */
int bg_kptrs_declared(const char *object, const char *whole, struct bg_strv *ret);

#endif
