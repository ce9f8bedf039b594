// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Owns the canonical form. It refuses to judge what a change means: other tokens are another text. */
#include "extract/canon.h"

#include "extract/evidence.h"
#include "extract/lex.h"

/* 'a + +b' and 'a ++ b' are different things. */
static bool one_operator(const char *text, const struct bg_tok *a, const struct bg_tok *b)
{
	static const char *const pairs[] = { "++", "--", "->", "<<", ">>", "<=", ">=", "==", "!=", "&&",
					     "||", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", ".." };

	if (a->kind != BG_TOK_PUNCT || b->kind != BG_TOK_PUNCT || a->e != b->s || b->e - a->s != 2)
		return false;
	for (size_t i = 0; i < BG_ARRAY_SIZE(pairs); i++)
		if (memcmp(text + a->s, pairs[i], 2) == 0)
			return true;
	return false;
}

/* '#define F(x)' and '#define F (x)' are different things: token 3 is the one behind the name. */
static bool parameters_begin(const char *text, const struct bg_lexed *lx, size_t i)
{
	const struct bg_tok *t = lx->toks.v;

	return i == 3 && text[t[0].s] == '#' && t[1].e - t[1].s == 6 && memcmp(text + t[1].s, "define", 6) == 0 &&
	       t[2].e == t[3].s && text[t[3].s] == '(';
}

static void add_directive(const char *text, const struct bg_dir *d, struct bg_str *to)
{
	struct bg_lexed lx = { 0 };

	bg_lex_body(text, d->s, d->e, &lx);
	bg_str_addc(to, '\n');
	for (size_t i = 0; i < lx.toks.n; i++) {
		const struct bg_tok *t = &lx.toks.v[i];

		if (i && !one_operator(text, t - 1, t) && !parameters_begin(text, &lx, i))
			bg_str_addc(to, ' ');
		bg_str_addn(to, text + t->s, t->e - t->s);
	}
	bg_str_addc(to, '\n');
	bg_lexed_done(&lx);
}

void bg_canon(const char *text, uint32_t s, uint32_t e, struct bg_str *to)
{
	struct bg_lexed lx = { 0 };
	size_t dir = 0;

	bg_lex(text, s, e, &lx);
	for (size_t i = 0; i < lx.toks.n; i++) {
		const struct bg_tok *t = &lx.toks.v[i];

		for (; dir < lx.dirs.n && lx.dirs.v[dir].s < t->s; dir++)
			add_directive(text, &lx.dirs.v[dir], to);
		if (to->n && to->s[to->n - 1] != '\n' && !(i && one_operator(text, t - 1, t)))
			bg_str_addc(to, ' ');
		bg_str_addn(to, text + t->s, t->e - t->s);
	}
	for (; dir < lx.dirs.n; dir++)
		add_directive(text, &lx.dirs.v[dir], to);
	bg_lexed_done(&lx);
}

static json_t *hash_of(const char *s, size_t n)
{
	struct bg_hash h = bg_sha256(s ? s : "", n);

	return json_string(h.hex);
}

static json_t *piece(const struct bg_tu *f, const struct bg_piece *p, uint32_t s, uint32_t e, const char *name,
		     const char *kind)
{
	struct bg_place from = bg_tu_place(f, s), to = bg_tu_place(f, e > s ? e - 1 : s);
	struct bg_str text = { 0 };
	json_t *o = json_object();

	if (p->kind == BG_PIECE_SHELL)
		bg_str_addf(&text, "%s %s of %u", kind, name, f->items.v[p->index].size);
	else if (p->kind != BG_PIECE_INCLUDE)
		bg_canon(f->text, s, e, &text);
	else
		bg_str_add(&text, name);
	json_object_set_new(o, "symbol", bg_json_text(name));
	json_object_set_new(o, "kind", json_string(kind));
	json_object_set_new(o, "file", bg_json_text(from.path));
	json_object_set_new(o, "line", json_integer(from.line));
	json_object_set_new(o, "end_line", json_integer(to.line));
	json_object_set_new(o, "hash", hash_of(text.s, text.n));
	bg_str_done(&text);
	return o;
}

static json_t *define(const struct bg_f_macro *m)
{
	return json_pack("{s:o, s:s, s:n, s:n, s:n, s:o}", "symbol", bg_json_text(m->name), "kind", "define", "file",
			 "line", "end_line", "hash", hash_of(m->cmdline, strlen(m->cmdline)));
}

static json_t *pragma(const struct bg_tu *f, const struct bg_piece *p)
{
	BG_CLEANUP(bg_str_done) struct bg_str text = { 0 };

	bg_canon(f->text, p->s, p->e, &text);
	for (size_t i = 0; i < text.n; i++)
		if (text.s[i] == '\n')
			text.s[i] = ' ';
	return piece(f, p, p->s, p->e, text.s ? text.s : "", "pragma");
}

/* NULL: nothing of upstream's. */
static json_t *entry(const struct bg_tu *f, const struct bg_piece *p)
{
	const struct bg_place at = bg_tu_place(f, p->off);
	const struct bg_f_macro *m;
	const struct bg_f_item *it;
	const struct bg_f_inc *inc;

	if (p->kind == BG_PIECE_DEFINE)
		return define(&f->macros.v[p->index]);
	if (p->left_out || !at.file || !at.file->rel)
		return NULL;
	switch (p->kind) {
	case BG_PIECE_INCLUDE:
		inc = &f->incs.v[p->index];
		return inc->dir_s ? piece(f, p, inc->dir_s, inc->dir_e, inc->spelled, "include") : NULL;
	case BG_PIECE_MACRO:
		m = &f->macros.v[p->index];
		return piece(f, p, m->s, m->e, m->name, m->is_def ? "macro" : "undef");
	case BG_PIECE_PRAGMA:
		return pragma(f, p);
	case BG_PIECE_ITEM:
	case BG_PIECE_SHELL:
		it = &f->items.v[p->index];
		return piece(f, p, it->s, it->e, bg_evidence_name(f, p->index), bg_evidence_kind(f, p->index));
	default:
		return NULL;
	}
}

json_t *bg_canon_closure(const struct bg_tu *f, const struct bg_pieces *pieces)
{
	json_t *all = json_array();

	for (size_t i = 0; i < pieces->n; i++) {
		json_t *o = entry(f, &pieces->v[i]);

		if (o)
			json_array_append_new(all, o);
	}
	return all;
}
