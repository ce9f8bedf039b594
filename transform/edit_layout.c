// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The layout of a port: what spatch makes of blanks and lines around the types that it replaces. */
#include <ctype.h>

#include "extract/lex.h"
#include "transform/edit.h"

/* The next 'struct a' or 'struct b' from at on; its length in *ret_len, 0 = none. */
static size_t find_type(const char *text, size_t at, const char *a, const char *b, size_t *ret_len)
{
	for (const char *p = text + at; (p = strstr(p, "struct ")); p += 7) {
		const char *name = p + 7 + strspn(p + 7, " \t"), *const names[] = { a, b };

		for (size_t i = 0; i < BG_ARRAY_SIZE(names); i++)
			if (bg_starts(name, names[i]) && !bg_ident_char(name[strlen(names[i])]) &&
			    (p == text || !bg_ident_char(p[-1]))) {
				*ret_len = (size_t)(name - p) + strlen(names[i]);
				return (size_t)(p - text);
			}
	}
	*ret_len = 0;
	return strlen(text);
}

static size_t blanks_before(const char *text, size_t off)
{
	size_t n = 0;

	while (n < off && isspace((unsigned char)text[off - n - 1]))
		n++;
	return n;
}

char *bg_edit_blanks(const char *before, const char *after, const char *a, const char *b)
{
	static const char around[] = " \t\n*";
	size_t i = 0, j = 0, done = 0, n, m;
	struct bg_str out = { 0 };

	for (;;) {
		i = find_type(before, i, a, b, &n);
		j = find_type(after, j, a, b, &m);
		if (!n || !m)
			break;
		bg_str_addn(&out, after + done, j - blanks_before(after, j) - done);
		bg_str_addn(&out, before + i - blanks_before(before, i), blanks_before(before, i));
		bg_str_addn(&out, after + j, m);
		i += n;
		j += m;
		bg_str_addn(&out, before + i, strspn(before + i, around));
		j += strspn(after + j, around);
		done = j;
	}
	if (n || m) { /* a rule added or removed one: then spatch's layout is better than a guess */
		bg_str_done(&out);
		return bg_strdup(after);
	}
	bg_str_add(&out, after + done);
	return bg_str_take(&out);
}
