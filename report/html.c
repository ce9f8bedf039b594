// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "report/html.h"

#include <ctype.h>

static void add_escaped(struct bg_str *out, const char *s)
{
	for (; *s; s++)
		switch (*s) {
		case '&':
			bg_str_add(out, "&amp;");
			break;
		case '<':
			bg_str_add(out, "&lt;");
			break;
		case '>':
			bg_str_add(out, "&gt;");
			break;
		case '"':
			bg_str_add(out, "&quot;");
			break;
		case '\'':
			bg_str_add(out, "&#39;");
			break;
		default:
			bg_str_addc(out, *s);
		}
}

void bg_html_text(struct bg_str *out, const char *s, size_t n)
{
	for (;;) {
		size_t len = strnlen(s, n);
		BG_CLEANUP(bg_freep) char *raw = bg_strndup(s, len), *clean = bg_escape_lines(raw);

		add_escaped(out, clean);
		if (len == n)
			return;
		bg_str_add(out, "\\x00");
		s += len + 1;
		n -= len + 1;
	}
}

void bg_html(struct bg_str *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	for (const char *p = fmt; *p; p++) {
		const char *s;

		if (*p != '%') {
			bg_str_addc(out, *p);
			continue;
		}
		switch (*++p) {
		case 's':
			s = va_arg(ap, const char *);
			bg_html_text(out, s ? s : "", s ? strlen(s) : 0);
			break;
		case 'd':
			bg_str_addf(out, "%d", va_arg(ap, int));
			break;
		case 'u':
			bg_str_addf(out, "%u", va_arg(ap, unsigned));
			break;
		case 'z':
			p++;
			bg_str_addf(out, "%zu", va_arg(ap, size_t));
			break;
		case 'l':
			p += 2;
			bg_str_addf(out, "%lld", va_arg(ap, long long));
			break;
		case '.':
			p += 2;
			bg_str_addf(out, "%.1f", va_arg(ap, double));
			break;
		default:
			bg_str_addc(out, *p);
		}
	}
	va_end(ap);
}

static void add_coded(struct bg_str *out, const char *s, const char *plain, char mark)
{
	for (; *s; s++)
		if (isalnum((unsigned char)*s) || strchr(plain, *s))
			bg_str_addc(out, *s);
		else
			bg_str_addf(out, "%c%02X", mark, (unsigned char)*s);
}

void bg_html_id(struct bg_str *out, const char *s)
{
	add_coded(out, s, "-_", '.');
}

void bg_html_url(struct bg_str *out, const char *s)
{
	add_coded(out, s, "-_./~", '%');
}
