// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/writers.h"

#include "extract/diag_ids.h"
#include "extract/lex.h"

#define MAX_NAMED 3 /* writers in a note */

static char first(const char *text, const struct bg_tok *t)
{
	return t->kind == BG_TOK_PUNCT ? text[t->s] : 0;
}

static char at(const char *text, const struct bg_lexed *lx, size_t i)
{
	return i < lx->toks.n ? first(text, &lx->toks.v[i]) : 0;
}

/* Two of the same character side by side: the lexer gives '++' as two. */
static bool is_double(const char *text, const struct bg_lexed *lx, size_t i, char c)
{
	return at(text, lx, i) == c && at(text, lx, i + 1) == c && lx->toks.v[i].e == lx->toks.v[i + 1].s;
}

/* Behind '[...]' and '.member' of what stands at i. */
static size_t behind(const char *text, const struct bg_lexed *lx, size_t i)
{
	for (;;) {
		if (at(text, lx, i) == '[') {
			unsigned nest = 0;

			do {
				nest += at(text, lx, i) == '[';
				nest -= at(text, lx, i) == ']';
				i++;
			} while (nest && i < lx->toks.n);
		} else if (at(text, lx, i) == '.' && i + 1 < lx->toks.n && lx->toks.v[i + 1].kind == BG_TOK_IDENT) {
			i += 2;
		} else {
			return i;
		}
	}
}

/* Whether the operator at i assigns: '=', '+=', '<<=', '++', but not '=='. */
static bool assigns(const char *text, const struct bg_lexed *lx, size_t i)
{
	char c = at(text, lx, i), next = at(text, lx, i + 1);

	if (c == '=')
		return next != '=' || lx->toks.v[i].e != lx->toks.v[i + 1].s;
	if (is_double(text, lx, i, '+') || is_double(text, lx, i, '-'))
		return true;
	if ((c == '<' || c == '>') && next == c)
		return at(text, lx, i + 2) == '=';
	return c && strchr("+-*/%&|^", c) && next == '=' && lx->toks.v[i].e == lx->toks.v[i + 1].s;
}

/* Whether an operand ends at i: a name, number, ')', ']', or one of these with '++' or '--' behind it. */
static bool is_operand(const char *text, const struct bg_lexed *lx, size_t i)
{
	if (i >= 2 && (is_double(text, lx, i - 1, '+') || is_double(text, lx, i - 1, '-')))
		i -= 2;
	if (lx->toks.v[i].kind == BG_TOK_IDENT)
		return !bg_starts(text + lx->toks.v[i].s, "return") ||
		       lx->toks.v[i].e - lx->toks.v[i].s != strlen("return");
	return lx->toks.v[i].kind != BG_TOK_PUNCT || strchr(")]", first(text, &lx->toks.v[i]));
}

/* '&' before i that takes an address: no operand stands before it. */
static bool takes_address(const char *text, const struct bg_lexed *lx, size_t i)
{
	return i > 0 && at(text, lx, i - 1) == '&' && (i == 1 || !is_operand(text, lx, i - 2));
}

/* Where a function's text writes a variable, or may: a flat offset, 0 when nowhere. */
static uint32_t write_in(const struct bg_tu *f, const struct bg_f_decl *function, const struct bg_f_decl *v)
{
	struct bg_lexed lx = { 0 };
	size_t n = strlen(v->name);
	uint32_t off = 0;

	bg_lex(f->text, function->off, function->end, &lx);
	for (size_t i = 0; i < lx.toks.n && !off; i++) {
		const struct bg_tok *t = &lx.toks.v[i];
		bool by_macro = i >= 2 && at(f->text, &lx, i - 1) == '(' &&
				lx.toks.v[i - 2].e - lx.toks.v[i - 2].s == strlen("WRITE_ONCE") &&
				memcmp(f->text + lx.toks.v[i - 2].s, "WRITE_ONCE", strlen("WRITE_ONCE")) == 0;

		if (t->kind != BG_TOK_IDENT || t->e - t->s != n || memcmp(f->text + t->s, v->name, n) != 0)
			continue;
		if (by_macro || takes_address(f->text, &lx, i) ||
		    (i >= 2 && (is_double(f->text, &lx, i - 2, '+') || is_double(f->text, &lx, i - 2, '-'))) ||
		    assigns(f->text, &lx, behind(f->text, &lx, i + 1)))
			off = t->s;
	}
	bg_lexed_done(&lx);
	return off;
}

static json_t *place(const char *key, const char *name, struct bg_place p)
{
	BG_CLEANUP(bg_freep) char *what = bg_escape(name), *path = bg_escape(p.path);

	return json_pack("{s:s, s:s, s:i}", key, what, "file", path, "line", (int)p.line);
}

/* The functions that write it and are not in the unit; NULL when one that is does, or none. */
static json_t *dropped_writers(const struct bg_tu *f, const struct bg_closure *c, const struct bg_f_decl *v,
			       struct bg_str *named)
{
	BG_CLEANUP(bg_freep) bool *refers = bg_alloc((f->items.n + 1) * sizeof(*refers));
	json_t *all = json_array();

	for (size_t i = 0; i < f->refs.n; i++)
		if (f->refs.v[i].to == v->item)
			refers[f->refs.v[i].from] = true;
	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];
		uint32_t off;

		if (d->kind != BG_DECL_FUNCTION || !d->is_def || !refers[d->item])
			continue;
		off = write_in(f, d, v);
		if (off && c->items[d->item].by) { /* the unit itself writes it */
			json_decref(all);
			return NULL;
		}
		if (!off)
			continue;
		if (json_array_size(all) < MAX_NAMED)
			bg_str_addf(named, "%s'%s' (%s:%u)", json_array_size(all) ? ", " : "", d->name,
				    bg_tu_place(f, off).path, bg_tu_place(f, off).line);
		json_array_append_new(all, place("function", d->name, bg_tu_place(f, off)));
	}
	if (json_array_size(all))
		return all;
	json_decref(all);
	return NULL;
}

static bool is_variable(const struct bg_tu *f, const struct bg_closure *c, const struct bg_f_decl *d)
{
	bool special = d->section && (d->section[0] != '.' || bg_starts(d->section, ".maps") ||
				      bg_starts(d->section, ".rodata") || bg_starts(d->section, ".k"));

	return d->kind == BG_DECL_VARIABLE && d->is_def && !d->is_map && !special && c->items[d->item].by &&
	       !f->items.v[d->item].is_licence;
}

json_t *bg_writers(const struct bg_tu *f, const struct bg_closure *c, struct bg_diags *ds)
{
	json_t *all = json_array();

	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *v = &f->decls.v[i];
		BG_CLEANUP(bg_str_done) struct bg_str named = { 0 };
		struct bg_place p;
		json_t *writers, *o;

		if (!is_variable(f, c, v))
			continue;
		writers = dropped_writers(f, c, v, &named);
		if (!writers)
			continue;
		p = bg_tu_place(f, v->off);
		if (json_array_size(writers) > MAX_NAMED)
			bg_str_addf(&named, " and %zu more", json_array_size(writers) - MAX_NAMED);
		bg_diag(ds, BG_NOTE, BG_ID_WRITERS, BG_AT(p.path, p.line, p.col),
			"'%s' is written only by what is not in the unit, where it keeps its first value%s: %s",
			v->name, v->is_static ? ", a constant to clang" : "", named.s);
		o = place("variable", v->name, p);
		json_object_set_new(o, "static", json_boolean(v->is_static));
		json_object_set_new(o, "writers", writers);
		json_array_append_new(all, o);
	}
	return all;
}
