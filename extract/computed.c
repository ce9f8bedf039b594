// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/computed.h"

#include "extract/lex.h"
#include "extract/sources.h"

#define MAX_TEXTS 64	/* that one piece of text can become */
#define MAX_DEPTH 16	/* of macros in macros */
#define MAX_NAME  4096	/* bytes of a path */
#define MAX_STEPS 20000 /* pieces of text that are looked at for one name */

struct def {
	char *name;
	bool has_params;
	struct bg_strv params;
	char *body;
};

struct bg_computed {
	BG_VEC(struct def) defs;
	unsigned steps;
};

/* text: 'NAME body', 'NAME(params) body', as behind '#define'. */
static void add_def(struct bg_computed *c, const char *text)
{
	const char *p = text + strspn(text, " \t"), *e = p;
	struct def d = { 0 };

	while (bg_ident_char(*e))
		e++;
	if (e == p)
		return;
	d.name = bg_strndup(p, (size_t)(e - p));
	d.has_params = *e == '(';
	if (d.has_params) {
		for (p = e + 1; *p && *p != ')';) {
			size_t n = 0;

			while (bg_ident_char(p[n]))
				n++;
			if (n) {
				BG_CLEANUP(bg_freep) char *param = bg_strndup(p, n);

				bg_strv_add(&d.params, param);
			}
			p += n ? n : 1;
		}
		e = *p ? p + 1 : p;
	}
	d.body = bg_strdup(e);
	bg_vec_push(&c->defs, d);
}

/* -DNAME, -DNAME=TEXT and -D NAME=TEXT */
static void add_flags(struct bg_computed *c, const struct bg_strv *args)
{
	for (size_t i = 0; i < args->n; i++) {
		BG_CLEANUP(bg_freep) char *text = NULL;
		char *eq;

		if (!bg_starts(args->v[i], "-D"))
			continue;
		text = bg_strdup(args->v[i][2] ? args->v[i] + 2 : i + 1 < args->n ? args->v[++i] : "");
		eq = strchr(text, '=');
		if (eq)
			*eq = ' ';
		add_def(c, text);
	}
}

struct bg_computed *bg_computed_add(struct bg_computed *c, const struct bg_sources *s, size_t from,
				    const struct bg_strv *args)
{
	if (!c)
		c = bg_alloc(sizeof(*c));
	if (args)
		add_flags(c, args);
	for (size_t i = from; i < s->files.n; i++) {
		const struct bg_str *text = &s->files.v[i].text;
		struct bg_lexed lx = { 0 };

		bg_lex_dirs(text->s ? text->s : "", 0, (uint32_t)text->n, &lx);
		for (size_t k = 0; k < lx.dirs.n; k++) {
			BG_CLEANUP(bg_freep) char *rest = NULL;

			if (lx.dirs.v[k].kind != BG_DIR_DEFINE)
				continue;
			rest = bg_dir_rest(text->s, &lx.dirs.v[k]);
			add_def(c, rest);
		}
		bg_lexed_done(&lx);
	}
	return c;
}

struct bg_computed *bg_computed_free(struct bg_computed *c)
{
	for (size_t i = 0; c && i < c->defs.n; i++) {
		free(c->defs.v[i].name);
		bg_strv_done(&c->defs.v[i].params);
		free(c->defs.v[i].body);
	}
	if (c)
		bg_vec_done(&c->defs);
	free(c);
	return NULL;
}

/* Each of heads with each of tails behind it, as far as there is room. */
static void append(struct bg_strv *heads, const struct bg_strv *tails)
{
	struct bg_strv all = { 0 };

	for (size_t i = 0; i < heads->n; i++)
		for (size_t k = 0; k < tails->n && all.n < MAX_TEXTS; k++)
			if (strlen(heads->v[i]) + strlen(tails->v[k]) < MAX_NAME)
				bg_strv_addf(&all, "%s%s", heads->v[i], tails->v[k]);
	bg_strv_done(heads);
	*heads = all;
}

static void add_once(struct bg_strv *to, const struct bg_strv *more)
{
	for (size_t i = 0; i < more->n && to->n < MAX_TEXTS; i++)
		if (!bg_strv_has(to, more->v[i]))
			bg_strv_add(to, more->v[i]);
}

static void texts_of(struct bg_computed *c, const char *text, unsigned depth, struct bg_strv *ret);

/* The arguments behind the '(' at token i; returns the token of its ')', or behind the last. */
static size_t arguments(const char *text, const struct bg_lexed *lx, size_t i, struct bg_strv *ret)
{
	uint32_t from = lx->toks.v[i].e;
	int nest = 0;

	for (; i < lx->toks.n; i++) {
		char ch = text[lx->toks.v[i].s];

		nest += ch == '(';
		nest -= ch == ')';
		if ((ch == ',' && nest == 1) || !nest) {
			BG_CLEANUP(bg_freep) char *arg = bg_strndup(text + from, lx->toks.v[i].s - from);

			bg_strv_add(ret, arg + strspn(arg, " \t"));
			from = lx->toks.v[i].e;
		}
		if (!nest)
			break;
	}
	return i;
}

/* A definition's body with arguments in it; '#' makes a string of one as it is written. Caller frees. */
static char *substituted(const struct def *d, const struct bg_strv *args)
{
	struct bg_lexed lx = { 0 };
	struct bg_str out = { 0 };
	uint32_t last = 0;

	bg_lex_body(d->body, 0, (uint32_t)strlen(d->body), &lx);
	for (size_t i = 0; i < lx.toks.n && out.n < MAX_NAME; i++) {
		const struct bg_tok *t = &lx.toks.v[i];
		bool paste = t->e - t->s == 2 && d->body[t->s] == '#',
		     string = t->e - t->s == 1 && d->body[t->s] == '#';
		const char *arg = NULL;

		for (size_t k = 0; k < d->params.n && k < args->n; k++)
			if (strlen(d->params.v[k]) == t->e - t->s &&
			    !memcmp(d->params.v[k], d->body + t->s, t->e - t->s))
				arg = args->v[k];
		if (t->s > last && i && !paste && !(out.n && out.s[out.n - 1] == '#'))
			bg_str_addc(&out, ' ');
		last = t->e;
		if (string || paste)
			bg_str_add(&out, string ? "#" : "");
		else if (arg && out.n && out.s[out.n - 1] == '#') {
			out.n--;
			bg_str_addf(&out, "\"%s\"", arg);
		} else if (arg) {
			bg_str_add(&out, arg);
		} else {
			bg_str_addn(&out, d->body + t->s, t->e - t->s);
		}
	}
	bg_lexed_done(&lx);
	return bg_str_take(&out);
}

/*
 * What a call can become: with arguments as they are, and with the first one expanded, for the macro that makes a
 * string of what another one hands on.
 */
static void call_texts(struct bg_computed *c, const struct def *d, const struct bg_strv *args, unsigned depth,
		       struct bg_strv *ret)
{
	BG_CLEANUP(bg_freep) char *plain = substituted(d, args);
	struct bg_strv first = { 0 };

	texts_of(c, plain, depth + 1, ret);
	if (args->n && !strchr(d->body, '#'))
		texts_of(c, args->v[0], depth + 1, &first);
	for (size_t i = 0; i < first.n; i++) { /* the others as they are, to be expanded in their places */
		BG_CLEANUP(bg_freep) char *text = NULL;
		struct bg_strv all = { 0 };

		bg_strv_extend(&all, args);
		free(all.v[0]);
		all.v[0] = bg_strdup(first.v[i]);
		text = substituted(d, &all);
		texts_of(c, text, depth + 1, ret);
		bg_strv_done(&all);
	}
	bg_strv_done(&first);
}

/* What an identifier can become; *i: its token, at last that of the ')' of its call. */
static void name_texts(struct bg_computed *c, const char *text, const struct bg_lexed *lx, size_t *i, unsigned depth,
		       struct bg_strv *ret)
{
	BG_CLEANUP(bg_freep) char *name = bg_strndup(text + lx->toks.v[*i].s, lx->toks.v[*i].e - lx->toks.v[*i].s);
	bool call = *i + 1 < lx->toks.n && text[lx->toks.v[*i + 1].s] == '(';
	struct bg_strv args = { 0 };
	bool called = false;
	size_t end = call ? arguments(text, lx, *i + 1, &args) : *i;

	for (size_t k = 0; k < c->defs.n && ret->n < MAX_TEXTS; k++) {
		const struct def *d = &c->defs.v[k];

		if (strcmp(d->name, name) || (d->has_params && !call))
			continue;
		called |= d->has_params;
		if (d->has_params)
			call_texts(c, d, &args, depth, ret);
		else
			texts_of(c, d->body, depth + 1, ret);
	}
	if (called)
		*i = end;
	if (!ret->n)
		bg_strv_add(ret, name);
	bg_strv_done(&args);
}

static void texts_of(struct bg_computed *c, const char *text, unsigned depth, struct bg_strv *ret)
{
	struct bg_strv all = { 0 };
	struct bg_lexed lx = { 0 };

	if (depth > MAX_DEPTH || strlen(text) >= MAX_NAME || c->steps++ > MAX_STEPS)
		return;
	bg_strv_add(&all, "");
	bg_lex_body(text, 0, (uint32_t)strlen(text), &lx);
	for (size_t i = 0; i < lx.toks.n && all.n; i++) {
		struct bg_strv next = { 0 };

		if (lx.toks.v[i].kind == BG_TOK_IDENT) {
			name_texts(c, text, &lx, &i, depth, &next);
		} else {
			BG_CLEANUP(bg_freep)
			char *tok = bg_strndup(text + lx.toks.v[i].s, lx.toks.v[i].e - lx.toks.v[i].s);

			bg_strv_add(&next, tok);
		}
		append(&all, &next);
		bg_strv_done(&next);
	}
	add_once(ret, &all);
	bg_strv_done(&all);
	bg_lexed_done(&lx);
}

void bg_computed_names(struct bg_computed *c, const char *operand, struct bg_strv *ret)
{
	struct bg_strv all = { 0 };

	c->steps = 0;
	texts_of(c, operand, 0, &all);
	for (size_t i = 0; i < all.n; i++) {
		size_t n = strlen(all.v[i]);

		if (n > 2 &&
		    ((all.v[i][0] == '"' && all.v[i][n - 1] == '"') || (all.v[i][0] == '<' && all.v[i][n - 1] == '>')))
			bg_strv_add(ret, all.v[i]);
	}
	bg_strv_done(&all);
}
