/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Bytes written as text: hexadecimal, base64 (RFC 4648, strict), and bytes shown as a dump. */
#ifndef BG_BYTES_H
#define BG_BYTES_H

#include "core/base.h"

/*
 * Hexadecimal: "0a1b", "0x0a1b", or groups of two digits with ':' or ' ' between them. Appends to ret. 0, or -EINVAL
 * with the offset of the first wrong character in *ret_bad (the text's length when it ends too early).
 */
int bg_hex_decode(const char *text, struct bg_str *ret, size_t *ret_bad);

/*
 * Base64 with padding and without white space; unused bits must be zero. Appends to ret. 0, or -EINVAL with the offset
 * of the first wrong character in *ret_bad (the text's length when it ends too early).
 */
int bg_base64_decode(const char *text, struct bg_str *ret, size_t *ret_bad);

/* Base64 with padding. Caller frees. */
char *bg_base64_text(const void *bytes, size_t n);

/* "0a 1b 2c": caller frees. */
char *bg_hex_text(const void *bytes, size_t n);

#endif
