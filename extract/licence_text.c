// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/licence_text.h"

#include <ctype.h>

#include "extract/lex.h"

#define HEAD_SIZE      (32u << 10) /* bytes that can be a file's head; a longer one is a manual */
#define COPYRIGHT_SIZE 200	   /* bytes of a line that can be one of copyright */

/* The comments before the first thing that is neither comment nor the directives of an include guard. */
static size_t head_comments(const char *text, size_t n, struct bg_lexed *lx)
{
	size_t limit = n < HEAD_SIZE ? n : HEAD_SIZE, end, used = 0;

	/* the head is short, and what is behind it need not be lexed; what the cut goes through is not trusted */
	for (size_t cut = limit < 2048 ? limit : 2048;; cut = cut * 2 < limit ? cut * 2 : limit) {
		bg_lex(text, 0, (uint32_t)cut, lx);
		end = lx->toks.n ? lx->toks.v[0].s : cut < limit ? cut : n;
		for (size_t i = 0; i < lx->dirs.n; i++) {
			enum bg_dir_kind k = lx->dirs.v[i].kind;
			bool guard = k == BG_DIR_IFDEF || k == BG_DIR_DEFINE || k == BG_DIR_PRAGMA || k == BG_DIR_IF;

			if (!guard && lx->dirs.v[i].s < end && (cut == limit || lx->dirs.v[i].e < cut))
				end = lx->dirs.v[i].s;
		}
		if (cut == limit || end < cut)
			break;
		bg_lexed_done(lx);
	}
	while (used < lx->comments.n && lx->comments.v[used].e <= end)
		used++;
	return used;
}

/* Text in small letters and single blanks, without what comments are framed by; at[i]: where its byte i is from. */
static void add_plain(const char *text, size_t s, size_t e, struct bg_str *to)
{
	for (size_t i = s; i < e; i++) {
		char c = (char)tolower((unsigned char)text[i]);

		if (strchr(" \t\r\n*/#\"", c))
			c = ' ';
		if (c != ' ' || (to->n && to->s[to->n - 1] != ' '))
			bg_str_addc(to, c);
	}
	bg_str_addc(to, ' ');
}

/* A version of the GPL by what is said beside its name. */
static const char *gpl(const char *t)
{
	bool later = strstr(t, "any later version") || strstr(t, "version 2 or later") ||
		     strstr(t, "gpl v2 or later") || strstr(t, "gplv2+");

	if (strstr(t, "gnu lesser general public") || strstr(t, "gnu library general public"))
		return later						    ? "LGPL-2.1-or-later"
		       : strstr(t, "version 2.1") || strstr(t, "version 2") ? "LGPL-2.1-only"
									    : NULL;
	if (!strstr(t, "general public license") && !strstr(t, "gplv2") && !strstr(t, "gpl v2"))
		return NULL;
	if (strstr(t, "version 3"))
		return later ? "GPL-3.0-or-later" : "GPL-3.0-only";
	if (strstr(t, "version 2") || strstr(t, "gplv2") || strstr(t, "gpl v2") || strstr(t, "v2"))
		return later ? "GPL-2.0-or-later" : "GPL-2.0-only";
	return "GPL-1.0-or-later"; /* no version is any, says its section 9 */
}

static const char *permissive(const char *t)
{
	static const struct {
		const char *says, *is;
	} known[] = {
		{ "permission is hereby granted, free of charge, to any person obtaining", "MIT" },
		{ "permission to use, copy, modify, and distribute this software for any", "ISC" },
		{ "permission to use, copy, modify, and or distribute this software for any", "ISC" },
		{ "apache license, version 2.0", "Apache-2.0" },
		{ "mozilla public license, v. 2.0", "MPL-2.0" },
		{ "in the public domain", "LicenseRef-Public-Domain" },
	};

	if (strstr(t, "redistribution and use in source and binary forms"))
		return strstr(t, "all advertising materials") ? "BSD-4-Clause"
		       : strstr(t, "neither the name")	      ? "BSD-3-Clause"
							      : "BSD-2-Clause";
	for (size_t i = 0; i < BG_ARRAY_SIZE(known); i++)
		if (strstr(t, known[i].says))
			return known[i].is;
	return NULL;
}

/* Both, as a choice, where the words offer one. */
static const char *either(const char *copyleft, const char *other)
{
	static const char *const choices[][3] = {
		{ "GPL-2.0-only", "BSD-2-Clause", "GPL-2.0-only OR BSD-2-Clause" },
		{ "GPL-2.0-only", "BSD-3-Clause", "GPL-2.0-only OR BSD-3-Clause" },
		{ "GPL-2.0-only", "MIT", "GPL-2.0-only OR MIT" },
		{ "GPL-2.0-or-later", "BSD-2-Clause", "GPL-2.0-or-later OR BSD-2-Clause" },
		{ "GPL-2.0-or-later", "BSD-3-Clause", "GPL-2.0-or-later OR BSD-3-Clause" },
		{ "GPL-2.0-or-later", "MIT", "GPL-2.0-or-later OR MIT" },
		{ "GPL-1.0-or-later", "BSD-2-Clause", "GPL-1.0-or-later OR BSD-2-Clause" },
		{ "GPL-1.0-or-later", "BSD-3-Clause", "GPL-1.0-or-later OR BSD-3-Clause" },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(choices); i++)
		if (bg_streq(copyleft, choices[i][0]) && bg_streq(other, choices[i][1]))
			return choices[i][2];
	return NULL;
}

static const char *in_words(const char *t)
{
	const char *copyleft = gpl(t), *other = permissive(t);

	if (copyleft && other && (strstr(t, "alternatively") || strstr(t, "choice of") || strstr(t, "dual")))
		return either(copyleft, other);
	return copyleft && other && strcmp(other, "LicenseRef-Public-Domain") ? NULL : copyleft ? copyleft : other;
}

static void add_copyright(const char *line, struct bg_strv *to)
{
	const char *q = line + strspn(line, " \t*/");

	if (strcasestr(q, "copyright") && strlen(q) < COPYRIGHT_SIZE && !bg_strv_has(to, q) &&
	    !strcasestr(q, "the above copyright"))
		bg_strv_add(to, q);
}

/*
 * What an expression cannot have ends it: it becomes a line of the unit, which a carriage return would end for clang,
 * and a backslash would go on with.
 */
static char *expression(const char *s)
{
	size_t n = 0;

	while (s[n] >= ' ' && s[n] <= '~' && s[n] != '\\')
		n++;
	while (n && s[n - 1] == ' ')
		n--;
	return bg_strndup(s, n);
}

static void read_lines(const char *text, struct bg_range c, struct bg_licence_text *ret)
{
	static const char tag[] = "SPDX-License-Identifier:";

	for (size_t p = c.s; p < c.e;) {
		const char *nl = memchr(text + p, '\n', c.e - p), *q;
		size_t next = nl ? (size_t)(nl - text) + 1 : c.e;
		BG_CLEANUP(bg_freep) char *line = bg_strndup(text + p, next - p);
		size_t n;

		if (strstr(line, "*/"))
			*strstr(line, "*/") = '\0';
		for (n = strlen(line); n && strchr(" \t\r\n*", line[n - 1]); n--)
			line[n - 1] = '\0';
		q = strstr(line, tag);
		if (q && !ret->spdx) {
			ret->at = p + (size_t)(q - line);
			q += strlen(tag);
			ret->spdx = expression(q + strspn(q, " \t"));
		} else if (!q) {
			add_copyright(line, &ret->copyrights);
		}
		p = next;
	}
}

void bg_licence_text(const char *text, size_t n, struct bg_licence_text *ret)
{
	struct bg_lexed lx = { 0 };
	struct bg_str plain = { 0 };
	size_t used;

	*ret = (struct bg_licence_text){ 0 };
	used = head_comments(text, n, &lx);
	for (size_t i = 0; i < used; i++) {
		read_lines(text, lx.comments.v[i], ret);
		add_plain(text, lx.comments.v[i].s, lx.comments.v[i].e, &plain);
		if (ret->spdx)
			continue;
		if (!ret->words && in_words(plain.s)) /* where it begins; the comments behind may say more, as '//'
							 makes one of each line */
			ret->at = lx.comments.v[i].s;
		ret->words = in_words(plain.s);
		ret->end = lx.comments.v[i].e;
	}
	if (ret->spdx || !ret->words)
		ret->end = 0;
	if (ret->spdx)
		ret->words = NULL;
	else if (!ret->words)
		ret->at = 0;
	ret->generated =
		!used && memmem(text, n < 64 ? n : 64, "#ifndef __VMLINUX_H__", strlen("#ifndef __VMLINUX_H__"));
	bg_str_done(&plain);
	bg_lexed_done(&lx);
}

void bg_licence_text_done(struct bg_licence_text *l)
{
	free(l->spdx);
	bg_strv_done(&l->copyrights);
	*l = (struct bg_licence_text){ 0 };
}
