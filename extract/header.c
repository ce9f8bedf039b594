// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/header.h"

#include <assert.h>

#define BUCKETS (1u << 17)
#define MAX_NEST 64

enum keyword { NO_KEYWORD, STRUCT, UNION, ENUM, TYPEDEF };

struct reader {
	struct bg_header *h;
	const struct bg_lexed *lx;
	struct bg_header_decl decl;
	bool is_typedef;
	int parens, braces;
	enum keyword bodies[MAX_NEST];  /* of what each open brace is the body */
};

static uint32_t hash(const char *s, size_t n)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return (h ^ h >> 17) % BUCKETS;
}

int32_t bg_header_name(const struct bg_header *h, const char *s, size_t n)
{
	for (uint32_t i = h->buckets[hash(s, n)]; i && i <= h->names.n; i = h->names.v[i - 1].next)
		if (h->names.v[i - 1].n == n && memcmp(h->names.v[i - 1].s, s, n) == 0)
			return (int32_t)i - 1;
	return -1;
}

static uint32_t intern(struct bg_header *h, const char *s, size_t n)
{
	int32_t known = bg_header_name(h, s, n);
	uint32_t *bucket = &h->buckets[hash(s, n)];

	if (known >= 0)
		return (uint32_t)known;
	bg_vec_push(&h->names, (struct bg_header_name){ .s = s, .n = (uint32_t)n, .next = *bucket });
	*bucket = (uint32_t)h->names.n;
	return *bucket - 1;
}

static void define(struct reader *r, uint32_t name, bool tag)
{
	struct bg_header *h = r->h;
	uint32_t *head;

	assert(name < h->names.n); /* it comes from intern() */
	head = tag ? &h->names.v[name].tags : &h->names.v[name].words;
	bg_vec_push(&h->links, (struct bg_header_link){ (uint32_t)h->decls.n, *head });
	*head = (uint32_t)h->links.n;
	r->decl.plain = true;
}

static void mention(struct reader *r, uint32_t name, enum bg_header_mention how)
{
	bg_vec_push(&r->h->mentions, (struct bg_header_use){ name, how });
}

static enum keyword keyword(const char *s, size_t n)
{
	static const struct { const char *word; size_t n; enum keyword k; } words[] = {
		{ "struct", 6, STRUCT }, { "union", 5, UNION }, { "enum", 4, ENUM }, { "typedef", 7, TYPEDEF },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(words); i++)
		if (words[i].n == n && memcmp(words[i].word, s, n) == 0)
			return words[i].k;
	return NO_KEYWORD;
}

/* A name behind struct, union or enum. first: it is the second token of the declaration. */
static void on_tag(struct reader *r, enum keyword k, uint32_t name, char next, uint32_t next_at, bool first)
{
	if (next == '{') {
		define(r, name, true);
		if (first && k != ENUM)
			r->decl.brace = next_at;
	} else if (next == ';' && first) {
		define(r, name, true);
		r->decl.forward = true;
	} else {
		mention(r, name, next == '*' && k != ENUM ? BG_MENTION_POINTER : BG_MENTION_TAG);
	}
}

/* Any other name, between the tokens that start with prev and with next[0], next[1]. */
static void on_word(struct reader *r, uint32_t name, char prev, const char *next)
{
	struct bg_header *h = r->h;
	bool declares = !r->parens && (strchr(";,[=", next[0]) || (next[0] == '(' && next[1] != '*'));

	if (!r->braces) {
		if (declares || (prev == '*' && r->parens == 1 && next[0] == ')')) /* typedef int (*name)(...) */
			define(r, name, false);
		else
			mention(r, name, BG_MENTION_WORD);
	} else if (r->bodies[r->braces] == ENUM) {
		if (strchr("=,}", next[0]))
			define(r, name, false);
		mention(r, name, BG_MENTION_WORD); /* of a value */
	} else {
		if (strchr(";,[:)", next[0])) {
			bg_vec_push(&h->fields, name);
			assert(name < h->names.n);
			h->names.v[name].n_fields++;
		}
		mention(r, name, BG_MENTION_WORD);
	}
}

/* One declaration from token i on; the index behind it, 0 when it does not end as one. */
static size_t read_decl(struct reader *r, size_t i)
{
	const struct bg_lexed *lx = r->lx;
	const char *text = r->h->text;
	size_t first = i;
	/* the token before is this keyword; or a tag behind it */
	enum keyword before = NO_KEYWORD, pending = NO_KEYWORD;

	r->decl = (struct bg_header_decl){ .s = lx->toks.v[i].s,
					   .mentions = (uint32_t)r->h->mentions.n,
					   .fields = (uint32_t)r->h->fields.n };
	r->is_typedef = false;
	r->parens = r->braces = 0;
	for (; i < lx->toks.n; i++) {
		const struct bg_tok *t = &lx->toks.v[i];
		const char next[2] = { i + 1 < lx->toks.n ? text[lx->toks.v[i + 1].s] : ' ',
				       i + 2 < lx->toks.n ? text[lx->toks.v[i + 2].s] : ' ' };
		char c = text[t->s];
		enum keyword k = t->kind == BG_TOK_IDENT ? keyword(text + t->s, t->e - t->s) : NO_KEYWORD;

		if (t->kind == BG_TOK_IDENT && k == NO_KEYWORD) {
			uint32_t name = intern(r->h, text + t->s, t->e - t->s);

			if (before >= STRUCT && before <= ENUM)
				on_tag(r, before, name, next[0], next[0] == '{' ? lx->toks.v[i + 1].s : 0,
				       i == first + 1);
			else
				on_word(r, name, i > first ? text[lx->toks.v[i - 1].s] : ' ', next);
			pending = before;
			before = NO_KEYWORD;
			continue;
		}
		if (c == '{' && t->kind == BG_TOK_PUNCT) {
			if (++r->braces >= MAX_NEST)
				return 0;
			r->bodies[r->braces] = before ? before : pending;
		}
		r->is_typedef |= k == TYPEDEF;
		r->parens += c == '(';
		r->parens -= c == ')';
		r->braces -= c == '}';
		before = k;
		pending = NO_KEYWORD;
		if (r->parens < 0 || r->braces < 0)
			return 0;
		if (c == ';' && !r->parens && !r->braces) {
			r->decl.e = t->e;
			return i + 1;
		}
	}
	return 0;
}

bool bg_header_read(struct bg_header *h, const char *text, size_t n)
{
	struct bg_lexed lx = { 0 };
	struct reader r = { .h = h, .lx = &lx };
	size_t i = 0, comment = 0;

	*h = (struct bg_header){ .text = text, .n = n, .buckets = bg_alloc(BUCKETS * sizeof(*h->buckets)) };
	bg_lex(text, 0, (uint32_t)n, &lx);
	while (i < lx.toks.n && (i = read_decl(&r, i))) {
		for (; comment < lx.comments.n && lx.comments.v[comment].s < r.decl.e; comment++)
			;
		for (; comment < lx.comments.n && !memchr(text + r.decl.e, '\n', lx.comments.v[comment].s - r.decl.e);
		     comment++)
			if (i < lx.toks.n && lx.comments.v[comment].s < lx.toks.v[i].s)
				r.decl.e = lx.comments.v[comment].e;
		bg_vec_push(&h->decls, r.decl);
	}
	bg_vec_push(&h->decls, (struct bg_header_decl){ .s = (uint32_t)n,
							.e = (uint32_t)n,
							.mentions = (uint32_t)h->mentions.n,
							.fields = (uint32_t)h->fields.n });
	bg_lexed_done(&lx);
	return i > 0;
}

void bg_header_done(struct bg_header *h)
{
	bg_vec_done(&h->decls);
	bg_vec_done(&h->names);
	bg_vec_done(&h->links);
	bg_vec_done(&h->mentions);
	bg_vec_done(&h->fields);
	free(h->buckets);
	h->buckets = NULL;
}
