// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* C text by lines, in the colours of its tokens: every byte has a kind, and a line is its bytes in runs of one kind. */
#include "core/linediff.h"
#include "extract/lex.h"
#include "report/inside.h"

enum kind { PLAIN, COMMENT, STRING, NUMBER, KEYWORD, DIRECTIVE, TYPE, CALL };
static const char *const classes[] = { "", "tc", "ts", "tn", "tk", "td", "tt", "tf" };

struct bg_listing {
	char *text;
	unsigned char *kinds;
	struct bg_lines lines;
};

static const char *const keywords[] = {
	"auto",	      "break",	       "case",
	"const",      "continue",      "default",
	"do",	      "else",	       "enum",
	"extern",     "for",	       "goto",
	"if",	      "inline",	       "register",
	"restrict",   "return",	       "sizeof",
	"static",     "struct",	       "switch",
	"typedef",    "typeof",	       "union",
	"volatile",   "while",	       "__always_inline",
	"__noinline", "__attribute__", "asm",
	"__asm__",    "false",	       "true",
	"NULL",
};
static const char *const types[] = { "bool", "char",  "double", "float",    "int",
				     "long", "short", "signed", "unsigned", "void" };

static bool is_among(const char *const *list, size_t n, const char *s, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == len && memcmp(list[i], s, len) == 0)
			return true;
	return false;
}

/* The kernel's and C's names of types: __u32, __be16, u8, uint32_t. */
static bool is_type(const char *s, size_t len)
{
	const char *bare = s;

	if (is_among(types, BG_ARRAY_SIZE(types), s, len) || (len > 2 && memcmp(s + len - 2, "_t", 2) == 0))
		return true;
	if (len > 2 && memcmp(s, "__", 2) == 0) {
		bare += 2;
		len -= 2;
	}
	if (len > 2 && (memcmp(bare, "be", 2) == 0 || memcmp(bare, "le", 2) == 0)) {
		bare++;
		len--;
	}
	if (len < 2 || len > 3 || !strchr("use", *bare))
		return false;
	for (size_t i = 1; i < len; i++)
		if (bare[i] < '0' || bare[i] > '9')
			return false;
	return true;
}

static enum kind kind_of(const char *text, const struct bg_tok *t, const struct bg_tok *next)
{
	const char *s = text + t->s;
	size_t len = t->e - t->s;

	if (t->kind == BG_TOK_STRING)
		return STRING;
	if (t->kind == BG_TOK_NUMBER)
		return NUMBER;
	if (t->kind != BG_TOK_IDENT)
		return PLAIN;
	if (is_among(keywords, BG_ARRAY_SIZE(keywords), s, len))
		return KEYWORD;
	if (is_type(s, len))
		return TYPE;
	return next && next->kind == BG_TOK_PUNCT && text[next->s] == '(' ? CALL : PLAIN;
}

struct bg_listing *bg_listing_new(const char *text, size_t n)
{
	struct bg_listing *c = bg_alloc(sizeof(*c));
	struct bg_lexed l = { 0 };

	n = n < UINT32_MAX / 2 ? n : UINT32_MAX / 2;
	c->text = bg_alloc(n + 1);
	if (n)
		memcpy(c->text, text, n);
	c->kinds = bg_alloc(n + 1);
	bg_lines_of(c->text, n, &c->lines);
	bg_lex(c->text, 0, (uint32_t)n, &l);
	for (size_t i = 0; i < l.dirs.n; i++)
		memset(c->kinds + l.dirs.v[i].s, DIRECTIVE, l.dirs.v[i].e - l.dirs.v[i].s);
	for (size_t i = 0; i < l.toks.n; i++)
		memset(c->kinds + l.toks.v[i].s,
		       kind_of(c->text, &l.toks.v[i], i + 1 < l.toks.n ? &l.toks.v[i + 1] : NULL),
		       l.toks.v[i].e - l.toks.v[i].s);
	for (size_t i = 0; i < l.comments.n; i++)
		memset(c->kinds + l.comments.v[i].s, COMMENT, l.comments.v[i].e - l.comments.v[i].s);
	bg_lexed_done(&l);
	return c;
}

struct bg_listing *bg_listing_free(struct bg_listing *c)
{
	if (!c)
		return NULL;
	bg_vec_done(&c->lines);
	free(c->kinds);
	free(c->text);
	free(c);
	return NULL;
}

size_t bg_listing_lines(const struct bg_listing *c)
{
	return c->lines.n;
}

bool bg_listing_same(const struct bg_listing *a, size_t line, const struct bg_listing *b, size_t other)
{
	return line < a->lines.n && other < b->lines.n && bg_line_same(&a->lines.v[line], &b->lines.v[other]);
}

void bg_listing_line(const struct bg_listing *c, size_t line, struct bg_str *out)
{
	size_t at, end;

	if (line >= c->lines.n)
		return;
	at = (size_t)(c->lines.v[line].s - c->text);
	end = at + c->lines.v[line].n;
	while (at < end) {
		unsigned char kind = c->kinds[at];
		size_t run = at;

		while (run < end && c->kinds[run] == kind)
			run++;
		if (kind)
			bg_str_addf(out, "<b class=%s>", classes[kind]);
		bg_html_text(out, c->text + at, run - at);
		if (kind)
			bg_str_add(out, "</b>");
		at = run;
	}
}
