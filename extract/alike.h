/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Finding a function that is no longer where it was, by its name and by its text. With extract.h, query.h and history.h
 * the interface of this folder.
 */
#ifndef BG_ALIKE_H
#define BG_ALIKE_H

#include <jansson.h>

#include "core/base.h"

/* The text of a function's definition in a C source, as its tokens tell; NULL: it has none of that name. Caller frees.
 */
char *bg_alike_text(const char *source, const char *name);

/*
 * [{file, function, line, alike}] of the functions in the folder's C sources and headers that have most of the text of
 * a function that was called name, best first; alike in per cent. New reference.
 */
json_t *bg_alike_find(const char *root, const char *text, const char *name);

#endif
