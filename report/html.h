/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Writing HTML: what comes from a format is markup, what comes as an argument is text. */
#ifndef BG_REPORT_HTML_H
#define BG_REPORT_HTML_H

#include "core/base.h"

/* Markup by a format that knows %s (escaped), %d, %u, %zu, %lld, %.1f and %%. */
void bg_html(struct bg_str *out, const char *fmt, ...) BG_PRINTF(2, 3);
/* Text of n bytes: markup, control characters and what is no UTF-8 are shown, not obeyed. */
void bg_html_text(struct bg_str *out, const char *s, size_t n);
/* s as a part of an id or of a link to it: letters, digits, '-' and '_' as they are, other bytes as '.XX'. */
void bg_html_id(struct bg_str *out, const char *s);
/* s in the path of an URL. */
void bg_html_url(struct bg_str *out, const char *s);

#endif
