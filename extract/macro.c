// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/macro.h"

#include "core/arena.h"
#include "extract/names.h"

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define MAX_STEPS 50000                 /* else a fuzzer spends its time on what never ends */
#else
#define MAX_STEPS 5000000               /* tokens, hidden names and characters looked at while one item is expanded */
#endif
#define MAX_DEPTH 200                   /* arguments within arguments */

struct hide {                           /* hide set: an immutable list */
	uint32_t name;
	uint32_t length;
	const struct hide *next;
};

struct xtok {
	const char *s;
	uint32_t n;
	enum bg_tok_kind kind;
	uint32_t name;                  /* of identifiers, interned; else 0 */
	bool placemarker;
	const struct hide *hide;
};
typedef BG_VEC(struct xtok) xtoks;

struct def {                            /* the parsed form of a definition, same index as facts->macros */
	bool parsed, fnlike, variadic, used;
	BG_VEC(uint32_t) params;
	xtoks body;
	char *text;                     /* owns the body's characters */
};

struct events {                         /* of a name: indices into facts->macros, in order; mostly there is one */
	uint32_t n, first;
	BG_VEC(uint32_t) more;
};

struct bg_macros {
	struct bg_tu *f;
	struct bg_flat *fl;
	const struct bg_lexed *lx;
	struct bg_names names;
	BG_VEC(struct events) events;   /* by name */
	BG_VEC(uint32_t) named;         /* the name of each definition, same index as facts->macros */
	BG_VEC(struct def) defs;
	struct bg_arena arena;          /* of one item's expansion */
	struct bg_macro_result *r;
	BG_VEC(bool) seen;              /* by macro index: already in r->used */
	unsigned long steps;
	xtoks made;                     /* of the piece that is expanded: identifiers that '#' made strings of */
	uint32_t asms[3];
	uint32_t defined, va_args, va_opt, line, file, counter, file_name, base_file;
};

static uint32_t intern(struct bg_macros *m, const char *s, size_t n)
{
	uint32_t k = bg_names_add(&m->names, s, n);

	while (m->events.n <= k)
		bg_vec_push(&m->events, (struct events){ 0 });
	return k;
}

static uint32_t event_at(const struct events *e, size_t k)
{
	return k ? e->more.v[k - 1] : e->first;
}

static void to_xtoks(struct bg_macros *m, const char *text, uint32_t n, xtoks *out)
{
	struct bg_lexed lx = { 0 };

	bg_lex_body(text, 0, n, &lx);
	for (size_t i = 0; i < lx.toks.n; i++) {
		struct bg_tok *t = &lx.toks.v[i];
		struct xtok x = { .s = text + t->s, .n = t->e - t->s, .kind = t->kind };

		if (t->kind == BG_TOK_IDENT)
			x.name = intern(m, x.s, x.n);
		bg_vec_push(out, x);
	}
	bg_lexed_done(&lx);
}

static void event(struct bg_macros *m, const char *name, size_t n, struct bg_f_macro ev)
{
	uint32_t k = intern(m, name, n);
	struct events *e = &m->events.v[k];
	struct def d = { 0 };

	if (e->n++)
		bg_vec_push(&e->more, (uint32_t)m->f->macros.n);
	else
		e->first = (uint32_t)m->f->macros.n;
	bg_vec_push(&m->named, k);
	bg_vec_push(&m->f->macros, ev);
	bg_vec_push(&m->defs, d);
}

/* -DNAME, -DNAME=VALUE, -DNAME(args)=VALUE and -D NAME as definitions before the text. */
static void command_line(struct bg_macros *m)
{
	for (size_t i = 0; i < m->f->flags.n; i++) {
		const char *a = m->f->flags.v[i], *eq;
		bool undef = bg_starts(a, "-U");
		BG_CLEANUP(bg_freep) char *params = NULL, *value = NULL;
		size_t n = 0;

		if (!undef && !bg_starts(a, "-D"))
			continue;
		a = a[2] ? a + 2 : i + 1 < m->f->flags.n ? m->f->flags.v[++i] : "";
		a += strspn(a, " \t"); /* clang puts the text behind '#define ' as it is */
		while (bg_ident_char(a[n]))
			n++;
		if (!n)
			continue;
		if (undef) {
			event(m, a, n, (struct bg_f_macro){ .top = -1 });
			continue;
		}
		eq = strchr(a, '=');
		params = bg_strndup(a + n, eq ? (size_t)(eq - a) - n : strlen(a + n));
		value = bg_strndup(eq ? eq + 1 : "1", strcspn(eq ? eq + 1 : "1", "\n\r")); /* as clang does */
		event(m, a, n,
		      (struct bg_f_macro){ .is_def = true, .top = -1, .cmdline = bg_printf("%s %s", params, value) });
	}
}

struct bg_macros *bg_macros_new(struct bg_tu *facts, struct bg_flat *fl, const struct bg_lexed *lx)
{
	struct bg_macros *m = bg_alloc(sizeof(*m));

	*m = (struct bg_macros){ .f = facts, .fl = fl, .lx = lx };
	bg_names_init(&m->names);
	m->defined = intern(m, "defined", 7);
	m->va_args = intern(m, "__VA_ARGS__", 11);
	m->va_opt = intern(m, "__VA_OPT__", 10);
	m->line = intern(m, "__LINE__", 8);
	m->file = intern(m, "__FILE__", 8);
	m->file_name = intern(m, "__FILE_NAME__", 13);
	m->base_file = intern(m, "__BASE_FILE__", 13);
	m->counter = intern(m, "__COUNTER__", 11);
	m->asms[0] = intern(m, "asm", 3);
	m->asms[1] = intern(m, "__asm__", 7);
	m->asms[2] = intern(m, "__asm", 5);
	command_line(m);
	for (size_t i = 0; i < lx->dirs.n; i++) {
		const struct bg_dir *d = &lx->dirs.v[i];
		struct bg_f_macro ev = {
			.s = d->s, .e = d->e, .cs = d->s, .te = d->e, .is_def = d->kind == BG_DIR_DEFINE
		};
		uint32_t a = d->rest, z;

		if ((d->kind != BG_DIR_DEFINE && d->kind != BG_DIR_UNDEF) || bg_flat_skipped(fl, d->s))
			continue;
		while (a < d->e && !bg_ident_char(facts->text[a]))
			a++;
		for (z = a; z < d->e && bg_ident_char(facts->text[z]);)
			z++;
		if (z == a)
			continue;
		ev.top = bg_tu_inc_at(facts, d->s)->top;
		event(m, facts->text + a, z - a, ev);
	}
	return m;
}

struct bg_macros *bg_macros_free(struct bg_macros *m)
{
	if (!m)
		return NULL;
	bg_arena_done(&m->arena);
	bg_vec_done(&m->made);
	for (size_t i = 0; i < m->events.n; i++)
		bg_vec_done(&m->events.v[i].more);
	for (size_t i = 0; i < m->defs.n; i++) {
		bg_vec_done(&m->defs.v[i].params);
		bg_vec_done(&m->defs.v[i].body);
		free(m->defs.v[i].text);
	}
	bg_names_done(&m->names);
	bg_vec_done(&m->events);
	bg_vec_done(&m->named);
	bg_vec_done(&m->defs);
	bg_vec_done(&m->seen);
	free(m);
	return NULL;
}

/* Parameters "(a, b, ...)" at text[*i]; leaves *i behind them. */
static void parse_params(struct bg_macros *m, struct def *d, const char *text, size_t *i)
{
	d->fnlike = true;
	for (++*i; text[*i] && text[*i] != ')';) {
		size_t s = *i;

		while (bg_ident_char(text[*i]))
			++*i;
		if (*i > s)
			bg_vec_push(&d->params, intern(m, text + s, *i - s));
		if (bg_starts(text + *i, "...")) {
			d->variadic = true;
			if (*i == s) /* else GNU's named variadic parameter 'args...' */
				bg_vec_push(&d->params, m->va_args);
			*i += 3;
		} else if (*i == s) {
			++*i;
		}
	}
	if (text[*i])
		++*i;
}

static struct def *parsed(struct bg_macros *m, uint32_t ev)
{
	struct bg_f_macro *e = &m->f->macros.v[ev];
	struct def *d = &m->defs.v[ev];
	size_t i = 0;

	if (d->parsed)
		return d;
	d->parsed = true;
	if (e->cmdline) {
		d->text = bg_strdup(e->cmdline);
	} else {
		struct bg_dir dir = m->lx->dirs.v[bg_dir_at(m->lx, e->s)];

		d->text = bg_dir_rest(m->f->text, &dir);
		while (d->text[i] && !bg_ident_char(d->text[i]))
			i++;
		while (bg_ident_char(d->text[i]))
			i++;
	}
	if (d->text[i] == '(')
		parse_params(m, d, d->text, &i);
	to_xtoks(m, d->text + i, (uint32_t)strlen(d->text + i), &d->body);
	return &m->defs.v[ev];
}

static int32_t visible(const struct bg_macros *m, uint32_t name, uint32_t at)
{
	const struct events *e = &m->events.v[name];
	size_t lo = 0, hi = e->n; /* events are indices: what sorts them is a place in another array */

	while (lo < hi) {
		size_t k = (lo + hi) / 2;

		if (m->f->macros.v[event_at(e, k)].s < at)
			lo = k + 1;
		else
			hi = k;
	}
	return lo && m->f->macros.v[event_at(e, lo - 1)].is_def ? (int32_t)event_at(e, lo - 1) : -1;
}

int32_t bg_macros_visible(struct bg_macros *m, const char *name, size_t n, uint32_t at)
{
	uint32_t k = bg_names_find(&m->names, name, n);

	return k ? visible(m, k, at) : -1;
}

static void record(struct bg_macros *m, uint32_t ev)
{
	while (m->seen.n < m->f->macros.n)
		bg_vec_push(&m->seen, false);
	if (m->seen.v[ev])
		return;
	m->seen.v[ev] = true;
	bg_vec_push(&m->r->used, ev);
}

static bool hidden(const struct hide *h, uint32_t name)
{
	for (; h; h = h->next)
		if (h->name == name)
			return true;
	return false;
}

static size_t length(const struct hide *h)
{
	return h ? h->length : 0;
}

static const struct hide *hide_add(struct bg_macros *m, uint32_t name, const struct hide *rest)
{
	struct hide *h = bg_arena_take(&m->arena, sizeof(*h));

	*h = (struct hide){ name, (uint32_t)length(rest) + 1, rest };
	return h;
}

/* Text of a few lines can ask for an expansion that ends in years: false when the item has had its share of work. */
static bool spend(struct bg_macros *m, size_t work)
{
	m->steps += work;
	if (m->steps > MAX_STEPS)
		m->r->cut_off = true;
	return m->steps <= MAX_STEPS;
}

static const struct hide *hide_union(struct bg_macros *m, const struct hide *a, const struct hide *b)
{
	if (!a || !b || a == b)
		return a ? a : b;
	if (!spend(m, length(a) * length(b)))
		return b;
	for (; a; a = a->next)
		if (!hidden(b, a->name))
			b = hide_add(m, a->name, b);
	return b;
}

static const struct hide *hide_both(struct bg_macros *m, const struct hide *a, const struct hide *b)
{
	const struct hide *r = NULL;

	if (!spend(m, length(a) * length(b)))
		return a;
	for (; a; a = a->next)
		if (hidden(b, a->name))
			r = hide_add(m, a->name, r);
	return r;
}

static int param_of(const struct def *d, const struct xtok *t)
{
	for (size_t i = 0; t->name && i < d->params.n; i++)
		if (d->params.v[i] == t->name)
			return (int)i;
	return -1;
}

static bool is_punct(const struct xtok *t, const char *p)
{
	return t->kind == BG_TOK_PUNCT && strlen(p) == t->n && memcmp(t->s, p, t->n) == 0;
}

static void expand(struct bg_macros *m, const xtoks *in, uint32_t at, unsigned depth, xtoks *out);

/* '##': the last token of out and the first of rhs become one, which may be a name that expands. */
static void paste(struct bg_macros *m, xtoks *out, const struct xtok *rhs, size_t n)
{
	struct xtok *l;
	char *s;

	if (!n || !spend(m, n))
		return;
	if (!out->n || out->v[out->n - 1].placemarker) {
		out->n -= out->n > 0;
		for (size_t i = 0; i < n; i++)
			bg_vec_push(out, rhs[i]);
		return;
	}
	l = &out->v[out->n - 1];
	if (!spend(m, (size_t)l->n + rhs->n))
		return;
	s = bg_arena_take(&m->arena, l->n + rhs->n + 1);
	memcpy(s, l->s, l->n);
	memcpy(s + l->n, rhs->s, rhs->n);
	s[l->n + rhs->n] = '\0';
	out->n--;
	to_xtoks(m, s, l->n + rhs->n, out);
	for (size_t i = 1; i < n; i++)
		bg_vec_push(out, rhs[i]);
}

static const struct xtok a_string = { .s = "\"\"", .n = 2, .kind = BG_TOK_STRING };
static const struct xtok a_placemarker = { .s = "", .placemarker = true, .kind = BG_TOK_PUNCT };

/*
 * Whether parameter p stands in the body before token i where its argument is expanded, not pasted or made a string of.
 */
static bool expanded_before(const struct def *d, size_t i, int p)
{
	for (size_t k = 0; k < i; k++) {
		bool plain = !(k && (is_punct(&d->body.v[k - 1], "#") || is_punct(&d->body.v[k - 1], "##"))) &&
			     !is_punct(&d->body.v[k + 1], "##");

		if (plain && param_of(d, &d->body.v[k]) == p)
			return true;
	}
	return false;
}

/* A definition's body with the arguments in their places; every resulting token hides the names in hs. */
static void substitute(struct bg_macros *m, const struct def *d, const xtoks *args, const struct hide *hs, uint32_t at,
		       unsigned depth, xtoks *ret)
{
	xtoks out = { 0 };

	for (size_t i = 0; i < d->body.n && spend(m, 1 + d->params.n); i++) {
		const struct xtok *t = &d->body.v[i], *next = i + 1 < d->body.n ? t + 1 : NULL;
		int p = d->fnlike ? param_of(d, t) : -1;

		if (p >= 0 && !spend(m, args[p].n))
			break;
		if (d->fnlike && is_punct(t, "#") && next && param_of(d, next) >= 0) {
			const xtoks *arg = &args[param_of(d, next)];

			bg_vec_push(&out, a_string);
			if (!spend(m, arg->n))
				break;
			for (size_t k = 0; k < arg->n; k++)
				if (arg->v[k].name)
					bg_vec_push(&m->made, arg->v[k]);
			i++;
		} else if (is_punct(t, "##") && next) {
			int q = d->fnlike ? param_of(d, next) : -1;
			bool comma = out.n && is_punct(&out.v[out.n - 1], ",");

			i++;
			if (q >= 0 && d->variadic && q == (int)d->params.n - 1 && comma) { /* GNU: , ## args */
				if (!args[q].n)
					out.n--;
				if (!spend(m, args[q].n))
					break;
				for (size_t k = 0; k < args[q].n; k++)
					bg_vec_push(&out, args[q].v[k]);
			} else if (q >= 0) {
				paste(m, &out, args[q].v, args[q].n);
			} else {
				paste(m, &out, next, 1);
			}
		} else if (p >= 0 && next && is_punct(next, "##")) {
			if (!args[p].n)
				bg_vec_push(&out, a_placemarker);
			for (size_t k = 0; k < args[p].n; k++)
				bg_vec_push(&out, args[p].v[k]);
		} else if (p >= 0) {
			unsigned counted = m->r->counted;

			expand(m, &args[p], at, depth + 1, &out);
			/* clang expands an argument once and takes the result at each place */
			if (expanded_before(d, i, p))
				m->r->counted = counted;
		} else if (d->variadic && t->name == m->va_opt && d->params.n && !args[d->params.n - 1].n) {
			int nest = 0;

			for (i++; i < d->body.n; i++) {
				nest += is_punct(&d->body.v[i], "(");
				if (is_punct(&d->body.v[i], ")") && --nest == 0)
					break;
			}
		} else {
			bg_vec_push(&out, *t);
		}
	}
	for (size_t i = 0; i < out.n; i++)
		if (!out.v[i].placemarker) {
			out.v[i].hide = hide_union(m, hs, out.v[i].hide);
			bg_vec_push(ret, out.v[i]);
		}
	bg_vec_done(&out);
}

/*
 * The arguments of a call whose '(' is on top of the stack (which holds tokens in reverse). Returns their number and
 * pops the call, or 0 and leaves the stack when the call is not complete. *rparen: the hide set of the ')'.
 */
static size_t arguments(struct bg_macros *m, const struct def *d, xtoks *stack, xtoks **ret, const struct hide **rparen)
{
	size_t want = d->params.n ? d->params.n : 1, n = 1, i = stack->n;
	xtoks *args = bg_alloc(want * sizeof(*args));
	int nest = 0;

	while (i-- > 0 && spend(m, 1)) {
		const struct xtok *t = &stack->v[i];

		if (is_punct(t, "(") && nest++ == 0)
			continue;
		if (is_punct(t, ")") && --nest == 0) {
			*rparen = t->hide;
			stack->n = i;
			*ret = args;
			return want;
		}
		if (is_punct(t, ",") && nest == 1 && n < want) {
			n++;
			continue;
		}
		bg_vec_push(&args[n - 1], *t);
	}
	for (size_t k = 0; k < want; k++)
		bg_vec_done(&args[k]);
	free(args);
	return 0;
}

static void push_reversed(xtoks *stack, const xtoks *more)
{
	for (size_t i = more->n; i-- > 0;)
		bg_vec_push(stack, more->v[i]);
}

/* One identifier that is a macro: true when it was expanded onto the stack. */
static bool expand_name(struct bg_macros *m, const struct xtok *t, xtoks *stack, uint32_t at, unsigned depth)
{
	int32_t ev = visible(m, t->name, at);
	struct def *d = ev >= 0 ? parsed(m, (uint32_t)ev) : NULL;
	const struct hide *rparen = NULL;
	xtoks body = { 0 }, *args = NULL;
	size_t n = 0;

	if (!d)
		return false;
	if (!d->fnlike) {
		record(m, (uint32_t)ev);
		substitute(m, d, NULL, hide_add(m, t->name, t->hide), at, depth, &body);
	} else {
		if (!stack->n || !is_punct(&stack->v[stack->n - 1], "(") ||
		    !(n = arguments(m, d, stack, &args, &rparen)))
			return false;
		record(m, (uint32_t)ev);
		substitute(m, d, args, hide_add(m, t->name, hide_both(m, t->hide, rparen)), at, depth, &body);
	}
	push_reversed(stack, &body);
	bg_vec_done(&body);
	for (size_t k = 0; k < n; k++)
		bg_vec_done(&args[k]);
	free(args);
	return true;
}

static void expand(struct bg_macros *m, const xtoks *in, uint32_t at, unsigned depth, xtoks *out)
{
	xtoks stack = { 0 };

	if (depth > MAX_DEPTH) {
		m->r->cut_off = true;
		return;
	}
	push_reversed(&stack, in);
	while (stack.n) {
		struct xtok t = stack.v[--stack.n];

		if (!spend(m, 1 + length(t.hide)))
			break;
		if (t.name == 0 || hidden(t.hide, t.name)) {
			bg_vec_push(out, t);
			continue;
		}
		if (t.name == m->line || t.name == m->file || t.name == m->file_name || t.name == m->base_file)
			m->r->line_dependent = true;
		/* a number from here on: it counts once, however often it is looked at again */
		if (t.name == m->counter) {
			m->r->counted++;
			t.name = 0;
			bg_vec_push(out, t);
			continue;
		}
		if (!expand_name(m, &t, &stack, at, depth))
			bg_vec_push(out, t);
	}
	bg_vec_done(&stack);
}

/* Whether anything in it can expand: most statements name no macro. */
static bool expandable(const struct bg_macros *m, const xtoks *in)
{
	for (size_t i = 0; i < in->n; i++) {
		uint32_t name = in->v[i].name;

		if (name && (m->events.v[name].n || name == m->line || name == m->counter || name == m->file ||
			     name == m->file_name || name == m->base_file))
			return true;
	}
	return false;
}

static bool is_asm(const struct bg_macros *m, const struct xtok *t)
{
	return t->name && (t->name == m->asms[0] || t->name == m->asms[1] || t->name == m->asms[2]);
}

/* Names in the strings that stand behind an 'asm', and in those that '#' made. */
static void asm_names(struct bg_macros *m, const xtoks *out)
{
	size_t i = 0;

	while (i < out->n && !is_asm(m, &out->v[i]))
		i++;
	if (i == out->n)
		return;
	for (; i < out->n; i++)
		if (out->v[i].kind == BG_TOK_STRING && *out->v[i].s == '"')
			bg_lex_symbols(out->v[i].s + 1, out->v[i].n - 1, &m->r->asm_names);
	for (i = 0; i < m->made.n; i++)
		bg_lex_symbols(m->made.v[i].s, m->made.v[i].n, &m->r->asm_names);
}

static void expand_tokens(struct bg_macros *m, const xtoks *in, uint32_t at)
{
	xtoks out = { 0 };

	if (!expandable(m, in))
		return;

	m->made.n = 0;
	expand(m, in, at, 0, &out);
	asm_names(m, &out);
	bg_vec_done(&out);
}

/*
 * Every macro that an evaluated condition names is needed, also when it is undefined there or its branch is not taken.
 */
static void condition(struct bg_macros *m, const struct bg_dir *d)
{
	BG_CLEANUP(bg_freep) char *rest = bg_dir_rest(m->f->text, d);
	xtoks all = { 0 }, in = { 0 };
	int32_t ev;

	to_xtoks(m, rest, (uint32_t)strlen(rest), &all);
	for (size_t i = 0; i < all.n; i++) {
		bool plain = d->kind == BG_DIR_IFDEF || d->kind == BG_DIR_ELIFDEF;

		if (!plain && all.v[i].name == m->defined) {
			i += i + 1 < all.n && is_punct(&all.v[i + 1], "(") ? 2 : 1;
			plain = true;
		}
		if (!plain) {
			bg_vec_push(&in, all.v[i]);
			continue;
		}
		if (i < all.n && all.v[i].name && (ev = visible(m, all.v[i].name, d->s)) >= 0)
			record(m, (uint32_t)ev);
	}
	expand_tokens(m, &in, d->s);
	bg_vec_done(&all);
	bg_vec_done(&in);
}

/*
 * Whether the preprocessor passes over the condition without evaluating it: an '#if' within what is skipped (what it
 * skips itself starts with it), an '#elif' behind a taken branch, with which what is skipped starts.
 */
static bool unevaluated(const struct bg_flat *fl, const struct bg_dir *d)
{
	bool opens = d->kind == BG_DIR_IF || d->kind == BG_DIR_IFDEF;
	size_t n = bg_vec_before(&fl->skipped, .s, d->s + !opens);

	return n && (opens ? d->s < fl->skipped.v[n - 1].e : d->s == fl->skipped.v[n - 1].s);
}

static void conditions(struct bg_macros *m, uint32_t s, uint32_t e)
{
	unsigned dead = 0; /* conditionals around, from the first whose condition is not evaluated */

	for (size_t i = bg_dir_at(m->lx, s); i < m->lx->dirs.n && m->lx->dirs.v[i].s < e; i++) {
		const struct bg_dir *d = &m->lx->dirs.v[i];
		bool opens = d->kind == BG_DIR_IF || d->kind == BG_DIR_IFDEF,
		     elif = d->kind == BG_DIR_ELIF || d->kind == BG_DIR_ELIFDEF;

		if (dead || (opens && unevaluated(m->fl, d)))
			dead += opens - (d->kind == BG_DIR_ENDIF);
		else if (opens || (elif && !unevaluated(m->fl, d)))
			condition(m, d);
	}
}

/* clang expands the macros of some pragmas ('#pragma unroll TURNS'), and of others none that stand there. */
static void pragmas(struct bg_macros *m, uint32_t s, uint32_t e)
{
	for (size_t i = bg_dir_at(m->lx, s); i < m->lx->dirs.n && m->lx->dirs.v[i].s < e; i++) {
		const struct bg_dir *d = &m->lx->dirs.v[i];
		BG_CLEANUP(bg_freep) char *rest = NULL;
		xtoks in = { 0 };

		if (d->kind != BG_DIR_PRAGMA || bg_flat_skipped(m->fl, d->s))
			continue;
		rest = bg_dir_rest(m->f->text, d);
		to_xtoks(m, rest, (uint32_t)strlen(rest), &in);
		expand_tokens(m, &in, d->s);
		bg_vec_done(&in);
	}
}

/*
 * A name means what it means where its expansion starts. The text is expanded in pieces that end at ';', '{' and '}'
 * outside of parentheses, so that definitions between them are seen.
 */
void bg_macros_uses(struct bg_macros *m, uint32_t s, uint32_t e, struct bg_macro_result *r)
{
	size_t first = r->used.n;
	uint32_t start = s;
	xtoks piece = { 0 };
	int nest = 0;

	m->r = r;
	m->steps = 0;
	for (size_t i = bg_tok_at(m->lx, s); i < m->lx->toks.n && m->lx->toks.v[i].s < e; i++) {
		const struct bg_tok *t = &m->lx->toks.v[i];
		struct xtok x = { .s = m->f->text + t->s, .n = t->e - t->s, .kind = t->kind };

		if (t->kind == BG_TOK_IDENT)
			x.name = intern(m, x.s, x.n);
		if (!piece.n)
			start = t->s;
		bg_vec_push(&piece, x);
		nest += is_punct(&x, "(") - is_punct(&x, ")");
		if (nest <= 0 && (is_punct(&x, ";") || is_punct(&x, "{") || is_punct(&x, "}"))) {
			expand_tokens(m, &piece, start);
			piece.n = 0;
			nest = 0;
		}
	}
	expand_tokens(m, &piece, start);
	bg_vec_done(&piece);
	conditions(m, s, e);
	pragmas(m, s, e);
	for (size_t i = first; i < r->used.n; i++)
		m->seen.v[r->used.v[i]] = false;
	bg_arena_reset(&m->arena);
}

void bg_macros_name(struct bg_macros *m)
{
	bool *wanted = bg_alloc(m->events.n + 1);

	for (size_t i = 0; i < m->f->macro_uses.n; i++)
		m->defs.v[m->f->macro_uses.v[i].macro].used = true;
	for (size_t i = 0; i < m->f->macros.n; i++)
		wanted[m->named.v[i]] |= m->f->macros.v[i].top < 0;
	for (size_t i = 0; i < m->f->macros.n; i++) {
		const struct bg_name *name = &m->names.v.v[m->named.v[i]];

		if (m->defs.v[i].used || wanted[m->named.v[i]])
			m->f->macros.v[i].name = bg_strndup(name->s, name->n);
		else
			m->f->macros.v[i] = (struct bg_f_macro){ .top = 0 };
	}
	free(wanted);
}
