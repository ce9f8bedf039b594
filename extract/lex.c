// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/lex.h"

#include <ctype.h>

struct cursor {
	const char *t;
	uint32_t i, e;
};

/* What a byte can be, so that the loops over megabytes of headers ask once. */
enum { IDENT = 1, PASSIVE = 2 }; /* part of an identifier; of no interest to who looks for directives */
static const unsigned char classes[256] = {
	['0' ... '9'] = IDENT | PASSIVE, ['A' ... 'Z'] = IDENT | PASSIVE, ['a' ... 'z'] = IDENT | PASSIVE,
	['_'] = IDENT | PASSIVE, ['$'] = IDENT | PASSIVE, ['('] = PASSIVE, [')'] = PASSIVE, ['*'] = PASSIVE,
	[','] = PASSIVE, [';'] = PASSIVE, ['.'] = PASSIVE, ['['] = PASSIVE, [']'] = PASSIVE, ['{'] = PASSIVE,
	['}'] = PASSIVE, ['='] = PASSIVE, [' '] = PASSIVE, ['\t'] = PASSIVE,
};

bool bg_ident_char(char c)
{
	return classes[(unsigned char)c] & IDENT;
}

/* Behind a backslash and newline (also \r\n): how long they are, 0 if there are none at i. */
static uint32_t continuation(const struct cursor *c, uint32_t i)
{
	if (c->t[i] != '\\' || i + 1 >= c->e)
		return 0;
	if (c->t[i + 1] == '\n')
		return 2;
	return i + 2 < c->e && c->t[i + 1] == '\r' && c->t[i + 2] == '\n' ? 3 : 0;
}

/* i stands on a comment: returns its end. */
static uint32_t comment_end(const struct cursor *c, uint32_t i)
{
	if (c->t[i + 1] == '*') {
		const char *end = i + 2 < c->e ? memmem(c->t + i + 2, c->e - i - 2, "*/", 2) : NULL;

		return end ? (uint32_t)(end - c->t) + 2 : c->e;
	}
	while (i < c->e && c->t[i] != '\n')
		i += continuation(c, i) ? continuation(c, i) : 1;
	return i;
}

static bool at_comment(const struct cursor *c, uint32_t i)
{
	return c->t[i] == '/' && i + 1 < c->e && (c->t[i + 1] == '*' || c->t[i + 1] == '/');
}

/* i stands on a quote: returns the end of the literal, at the latest the end of the line. */
static uint32_t string_end(const struct cursor *c, uint32_t i)
{
	char q = c->t[i++];

	while (i < c->e && c->t[i] != q && c->t[i] != '\n') {
		uint32_t n = continuation(c, i);

		i += n ? n : c->t[i] == '\\' && i + 1 < c->e ? 2 : 1;
	}
	return i < c->e && c->t[i] == q ? i + 1 : i > c->e ? c->e : i;
}

static enum bg_dir_kind dir_kind(const char *s, uint32_t n)
{
	static const struct { const char *name; enum bg_dir_kind kind; } names[] = {
		{ "define", BG_DIR_DEFINE }, { "undef", BG_DIR_UNDEF }, { "include", BG_DIR_INCLUDE },
		{ "include_next", BG_DIR_INCLUDE }, { "import", BG_DIR_INCLUDE }, { "if", BG_DIR_IF },
		{ "ifdef", BG_DIR_IFDEF }, { "ifndef", BG_DIR_IFDEF }, { "elif", BG_DIR_ELIF },
		{ "elifdef", BG_DIR_ELIFDEF }, { "elifndef", BG_DIR_ELIFDEF }, { "else", BG_DIR_ELSE },
		{ "endif", BG_DIR_ENDIF }, { "pragma", BG_DIR_PRAGMA },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(names); i++)
		if (strlen(names[i].name) == n && memcmp(names[i].name, s, n) == 0)
			return names[i].kind;
	return BG_DIR_OTHER;
}

/* c stands on the '#': reads the logical line. */
static struct bg_dir directive(struct cursor *c)
{
	struct bg_dir d = { .s = c->i };
	uint32_t i = c->i + 1, name;

	while (i < c->e &&
	       (c->t[i] == ' ' || c->t[i] == '\t' || continuation(c, i) || (at_comment(c, i) && c->t[i + 1] == '*')))
		i = at_comment(c, i) ? comment_end(c, i) : i + (continuation(c, i) ? continuation(c, i) : 1);
	name = i;
	while (i < c->e && bg_ident_char(c->t[i]))
		i++;
	d.kind = dir_kind(c->t + name, i - name);
	d.rest = i;
	while (i < c->e && c->t[i] != '\n') {
		if (continuation(c, i))
			i += continuation(c, i);
		else if (at_comment(c, i))
			i = comment_end(c, i);
		else if (c->t[i] == '"' || c->t[i] == '\'')
			i = string_end(c, i);
		else
			i++;
	}
	d.e = c->i = i;
	return d;
}

static uint32_t number_end(const struct cursor *c, uint32_t i)
{
	while (i < c->e && (bg_ident_char(c->t[i]) || c->t[i] == '.' ||
			    ((c->t[i] == '+' || c->t[i] == '-') && strchr("eEpP", c->t[i - 1]))))
		i++;
	return i;
}

static void token(struct cursor *c, struct bg_lexed *to)
{
	struct bg_tok tok = { .s = c->i, .kind = BG_TOK_PUNCT };
	char ch = c->t[c->i];

	if (isalpha((unsigned char)ch) || ch == '_' || ch == '$' || (unsigned char)ch >= 0x80) {
		while (c->i < c->e && (bg_ident_char(c->t[c->i]) || (unsigned char)c->t[c->i] >= 0x80))
			c->i++;
		tok.kind = BG_TOK_IDENT;
	} else if (isdigit((unsigned char)ch) ||
		   (ch == '.' && c->i + 1 < c->e && isdigit((unsigned char)c->t[c->i + 1]))) {
		c->i = number_end(c, c->i + 1);
		tok.kind = BG_TOK_NUMBER;
	} else if (ch == '"' || ch == '\'') {
		c->i = string_end(c, c->i);
		tok.kind = BG_TOK_STRING;
	} else {
		c->i += ch == '#' && c->i + 1 < c->e && c->t[c->i + 1] == '#' ? 2 : 1;
	}
	tok.e = c->i;
	bg_vec_push(&to->toks, tok);
}

/* Where text[b..e) starts behind the byte order mark with which editors begin a file. */
static uint32_t behind_bom(const char *text, uint32_t b, uint32_t e)
{
	return e - b >= 3 && memcmp(text + b, "\xEF\xBB\xBF", 3) == 0 ? b + 3 : b;
}

static void lex(const char *text, uint32_t b, uint32_t e, bool directives, struct bg_lexed *to)
{
	struct cursor c = { text, behind_bom(text, b, e), e };
	bool line_start = directives;

	while (c.i < e) {
		char ch = text[c.i];

		if (ch == '\n') {
			line_start = directives;
			c.i++;
		} else if (ch == ' ' || ch == '\t' || ch == '\r' || ch == '\f' || ch == '\v') {
			c.i++;
		} else if (continuation(&c, c.i)) {
			c.i += continuation(&c, c.i);
		} else if (at_comment(&c, c.i)) {
			struct bg_range r = { c.i, comment_end(&c, c.i) };

			bg_vec_push(&to->comments, r);
			c.i = r.e;
		} else if (ch == '#' && line_start) {
			struct bg_dir d = directive(&c);

			bg_vec_push(&to->dirs, d);
		} else {
			line_start = false;
			token(&c, to);
		}
	}
}

void bg_lex(const char *text, uint32_t b, uint32_t e, struct bg_lexed *to)
{
	lex(text, b, e, true, to);
}

void bg_lex_body(const char *text, uint32_t b, uint32_t e, struct bg_lexed *to)
{
	lex(text, b, e, false, to);
}

void bg_lex_dirs(const char *text, uint32_t b, uint32_t e, struct bg_lexed *to)
{
	struct cursor c = { text, behind_bom(text, b, e), e };
	bool line_start = true;

	while (c.i < e) {
		char ch = text[c.i];

		if (ch == '\n') {
			line_start = true;
			c.i++;
		} else if (ch == '/' && at_comment(&c, c.i)) {
			c.i = comment_end(&c, c.i);
		} else if (ch == '#' && line_start) {
			struct bg_dir d = directive(&c);

			bg_vec_push(&to->dirs, d);
		} else if (ch == '"' || ch == '\'') {
			line_start = false;
			c.i = string_end(&c, c.i);
		} else {
			uint32_t n = continuation(&c, c.i);

			line_start =
				line_start && (n || ch == ' ' || ch == '\t' || ch == '\r' || ch == '\f' || ch == '\v');
			c.i += n ? n : 1;
			while (!line_start && c.i < e && classes[(unsigned char)text[c.i]] & PASSIVE)
				c.i++;
		}
	}
}

static uint32_t moved(uint32_t off, uint32_t e, int64_t by)
{
	return (uint32_t)((off < e ? off : e) + by);
}

void bg_lexed_part(const struct bg_lexed *l, uint32_t b, uint32_t e, int64_t by, struct bg_lexed *to)
{
	for (size_t i = bg_tok_at(l, b); i < l->toks.n && l->toks.v[i].s < e; i++) {
		struct bg_tok t = l->toks.v[i];

		t.s = moved(t.s, e, by);
		t.e = moved(t.e, e, by);
		bg_vec_push(&to->toks, t);
	}
	for (size_t i = bg_dir_at(l, b); i < l->dirs.n && l->dirs.v[i].s < e; i++) {
		struct bg_dir d = l->dirs.v[i];

		d.s = moved(d.s, e, by);
		d.rest = moved(d.rest, e, by);
		d.e = moved(d.e, e, by);
		bg_vec_push(&to->dirs, d);
	}
	for (size_t i = bg_vec_before(&l->comments, .s, b); i < l->comments.n && l->comments.v[i].s < e; i++) {
		struct bg_range c = { moved(l->comments.v[i].s, e, by), moved(l->comments.v[i].e, e, by) };

		bg_vec_push(&to->comments, c);
	}
}

void bg_lexed_done(struct bg_lexed *l)
{
	bg_vec_done(&l->toks);
	bg_vec_done(&l->dirs);
	bg_vec_done(&l->comments);
}

char *bg_dir_rest(const char *text, const struct bg_dir *d)
{
	struct cursor c = { text, d->rest, d->e };
	struct bg_str b = { 0 };

	while (c.i < c.e) {
		if (continuation(&c, c.i)) {
			bg_str_addc(&b, ' ');
			c.i += continuation(&c, c.i);
		} else if (at_comment(&c, c.i)) {
			bg_str_addc(&b, ' ');
			c.i = comment_end(&c, c.i);
		} else if (text[c.i] == '"' || text[c.i] == '\'') {
			uint32_t end = string_end(&c, c.i);

			bg_str_addn(&b, text + c.i, end - c.i);
			c.i = end;
		} else {
			bg_str_addc(&b, text[c.i] == '\r' || text[c.i] == '\t' ? ' ' : text[c.i]);
			c.i++;
		}
	}
	return bg_str_take(&b);
}

void bg_lex_symbols(const char *s, size_t n, struct bg_strv *to)
{
	for (size_t i = 0; i < n;) {
		size_t start = i;

		while (i < n && bg_ident_char(s[i]))
			i++;
		if (i - start > 2)
			bg_strv_addf(to, "%.*s", (int)(i - start), s + start);
		i += i == start;
	}
}

size_t bg_tok_at(const struct bg_lexed *l, uint32_t off)
{
	return bg_vec_before(&l->toks, .s, off);
}

size_t bg_dir_at(const struct bg_lexed *l, uint32_t off)
{
	return bg_vec_before(&l->dirs, .s, off);
}
