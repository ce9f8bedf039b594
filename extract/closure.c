// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/closure.h"

#include "extract/lex.h"

struct lists {                          /* facts' refs, sysrefs, macro uses and sysneeds by what they start from */
	uint32_t *refs, *sysrefs, *uses, *needs;        /* first index of each list */
	uint32_t *refs_at, *sysrefs_at, *uses_at, *needs_at;
};

struct work {
	const struct bg_tu *f;
	struct bg_closure *c;
	struct lists l;
	BG_VEC(uint32_t) items, tops;
	BG_VEC(struct btf_need { uint32_t item; struct bg_why why; }) btf;
};

/* A counting sort of n records by key: at[k] .. at[k + 1] are the positions in order[] of key k. */
#define BY_KEY(vec, field, keys, order, at) do { \
		(at) = bg_alloc(((keys) + 1) * sizeof(uint32_t)); \
		(order) = bg_alloc(((vec)->n + 1) * sizeof(uint32_t)); \
		for (size_t i_ = 0; i_ < (vec)->n; i_++) \
			(at)[(vec)->v[i_].field + 1]++; \
		for (size_t i_ = 0; i_ < (keys); i_++) \
			(at)[i_ + 1] += (at)[i_]; \
		for (size_t i_ = (vec)->n; i_-- > 0;) \
			(order)[--(at)[(vec)->v[i_].field + 1]] = (uint32_t)i_; \
		for (size_t i_ = 0; i_ < (keys); i_++) \
			(at)[i_] = (at)[i_ + 1]; \
		(at)[keys] = (uint32_t)(vec)->n; \
	} while (0)

static void keep_item(struct work *w, uint32_t item, struct bg_why why)
{
	if (bg_closure_whole(w->c, item))
		return;
	w->c->n_items += !w->c->shells[item];
	w->c->shells[item] = false;
	w->c->items[item] = why;
	bg_vec_push(&w->items, item);
}

static void keep_top(struct work *w, uint32_t top, struct bg_why why)
{
	if (w->c->tops[top].by)
		return;
	w->c->tops[top] = why;
	w->c->n_tops++;
	bg_vec_push(&w->tops, top);
}

static void keep_macro(struct work *w, uint32_t macro, struct bg_why why)
{
	const struct bg_f_macro *m = &w->f->macros.v[macro];

	if (m->top >= 0) {
		keep_top(w, (uint32_t)m->top, why);
		return;
	}
	if (w->c->macros[macro].by)
		return;
	w->c->macros[macro] = why;
	w->c->n_macros++;
}

/*
 * Whether an array as large says of an item what BTF is asked for: it is one struct or union, written as such, and
 * defines nothing else, not even a struct for one of its members.
 */
static bool can_be_shell(const struct bg_tu *f, uint32_t item)
{
	const struct bg_f_item *it = &f->items.v[item];
	const struct bg_f_decl *d = bg_tu_item_decl(f, item);
	size_t decls = 0, tags = 0;
	struct bg_lexed lx = { 0 };
	bool plain = false;

	if (!it->size || it->align > 8 || !d || !*d->name || (d->kind != BG_DECL_STRUCT && d->kind != BG_DECL_UNION))
		return false;
	for (size_t i = 0; i < f->decls.n; i++)
		decls += f->decls.v[i].item == item;
	for (size_t i = 0; i < f->tag_defs.n; i++)
		tags += f->tag_defs.v[i].item == item;
	bg_lex(f->text, it->s, it->e, &lx);
	if (lx.toks.n > 2) {
		const struct bg_tok *t = lx.toks.v;

		plain = f->text[t[0].s] == (d->kind == BG_DECL_UNION ? 'u' : 's') && f->text[t[2].s] == '{' &&
			t[1].e - t[1].s == strlen(d->name) && memcmp(f->text + t[1].s, d->name, t[1].e - t[1].s) == 0;
	}
	bg_lexed_done(&lx);
	return plain && decls == 1 && tags == 1;
}

/* Whether a type has one of these in it. */
static bool holds(const struct work *w, uint32_t item, const bool *these)
{
	BG_CLEANUP(bg_freep) bool *seen = bg_alloc(w->f->items.n + 1);
	BG_VEC(uint32_t) from = { 0 };
	bool found = false;

	bg_vec_push(&from, item);
	while (from.n && !found) {
		uint32_t x = from.v[--from.n];

		for (uint32_t i = w->l.refs_at[x]; i < w->l.refs_at[x + 1] && !found; i++) {
			uint32_t to = w->f->refs.v[w->l.refs[i]].to;

			found = these[to];
			if (!seen[to])
				bg_vec_push(&from, to);
			seen[to] = true;
		}
	}
	bg_vec_done(&from);
	return found;
}

/*
 * Of a struct behind a member clang writes into BTF that it is declared, unless something else needs all of it, and the
 * kernel takes no mere declaration for a kptr's. So what has a kptr's struct in it is no shell. Returns whether that
 * keeps more.
 */
static bool keep_kptrs(struct work *w)
{
	BG_CLEANUP(bg_freep) bool *kptrs = bg_alloc(w->f->items.n + 1);
	bool any = false;

	for (size_t i = 0; i < w->f->refs.n && w->btf.n; i++) {
		const struct bg_f_ref *r = &w->f->refs.v[i];

		kptrs[r->to] = kptrs[r->to] || (r->how == BG_REF_KPTR && bg_closure_whole(w->c, r->from));
		any = any || kptrs[r->to];
	}
	for (size_t i = 0; i < w->btf.n && any; i++)
		if (!bg_closure_whole(w->c, w->btf.v[i].item) && holds(w, w->btf.v[i].item, kptrs))
			keep_item(w, w->btf.v[i].item, w->btf.v[i].why);
	return w->items.n > 0;
}

static void from_item(struct work *w, uint32_t item)
{
	const struct bg_tu *f = w->f;
	struct bg_why why = { BG_WHY_ITEM, item, BG_REF_NAME };

	for (uint32_t i = w->l.refs_at[item]; i < w->l.refs_at[item + 1]; i++) {
		const struct bg_f_ref *r = &f->refs.v[w->l.refs[i]];

		if ((r->how == BG_REF_BTF || r->how == BG_REF_KPTR) && w->c->trims && can_be_shell(f, r->to))
			bg_vec_push(&w->btf, (struct btf_need){ r->to, { BG_WHY_ITEM, item, r->how } });
		else
			keep_item(w, r->to, (struct bg_why){ BG_WHY_ITEM, item, r->how });
	}
	for (uint32_t i = w->l.sysrefs_at[item]; i < w->l.sysrefs_at[item + 1]; i++)
		keep_top(w, f->sysrefs.v[w->l.sysrefs[i]].top, why);
	for (uint32_t i = w->l.uses_at[item]; i < w->l.uses_at[item + 1]; i++)
		keep_macro(w, f->macro_uses.v[w->l.uses[i]].macro, why);
}

static void from_top(struct work *w, uint32_t top)
{
	struct bg_why why = { BG_WHY_TOP, top, BG_REF_NAME };

	for (uint32_t i = w->l.needs_at[top]; i < w->l.needs_at[top + 1]; i++) {
		const struct bg_f_sysneed *n = &w->f->sysneeds.v[w->l.needs[i]];

		if (n->what == BG_NEED_ITEM)
			keep_item(w, n->target, why);
		else if (n->what == BG_NEED_MACRO)
			keep_macro(w, n->target, why);
		else
			keep_top(w, n->target, why);
	}
}

static void lists_make(const struct bg_tu *f, struct lists *l)
{
	BY_KEY(&f->refs, from, f->items.n, l->refs, l->refs_at);
	BY_KEY(&f->sysrefs, from, f->items.n, l->sysrefs, l->sysrefs_at);
	BY_KEY(&f->macro_uses, item, f->items.n, l->uses, l->uses_at);
	BY_KEY(&f->sysneeds, top, f->incs.n, l->needs, l->needs_at);
}

static void lists_done(struct lists *l)
{
	free(l->refs);
	free(l->sysrefs);
	free(l->uses);
	free(l->needs);
	free(l->refs_at);
	free(l->sysrefs_at);
	free(l->uses_at);
	free(l->needs_at);
}

/* The text of a definition behind '#define', with one blank where there are any. Caller frees. */
static char *definition_text(const struct bg_tu *f, const struct bg_f_macro *m)
{
	struct bg_lexed lx = { 0 };
	struct bg_str out = { 0 };

	bg_lex_dirs(f->text, m->s, m->e, &lx);
	if (lx.dirs.n) {
		BG_CLEANUP(bg_freep) char *rest = bg_dir_rest(f->text, &lx.dirs.v[0]);

		for (const char *p = rest; *p; p++)
			if (*p != ' ' || (out.n && out.s[out.n - 1] != ' '))
				bg_str_addc(&out, *p);
		while (out.n && out.s[out.n - 1] == ' ')
			out.s[--out.n] = '\0';
	}
	bg_lexed_done(&lx);
	return bg_str_take(&out);
}

/*
 * A definition that repeats what a kept system header before it says changes nothing: libbpf's own barrier_var(), say.
 */
static void drop_repeated(const struct bg_tu *f, struct bg_closure *c)
{
	for (size_t i = 0; i < f->macros.n; i++) {
		const struct bg_f_macro *m = &f->macros.v[i], *before = NULL;

		if (!c->macros[i].by || !m->s || !m->is_def)
			continue;
		for (size_t k = i; k-- > 0 && !before;)
			before = bg_streq(f->macros.v[k].name, m->name) ? &f->macros.v[k] : NULL;
		if (before && before->is_def && before->top >= 0 && c->tops[before->top].by) {
			BG_CLEANUP(bg_freep) char *one = definition_text(f, before), *other = definition_text(f, m);

			if (bg_streq(one, other))
				bg_closure_drop(c, f, BG_NEED_MACRO, (uint32_t)i);
		}
	}
}

static void follow(struct work *w)
{
	while (w->items.n || w->tops.n) {
		if (w->items.n)
			from_item(w, w->items.v[--w->items.n]);
		else
			from_top(w, w->tops.v[--w->tops.n]);
	}
}

/* Roots, and all that they need. */
static void add_roots(const struct bg_tu *f, const uint32_t *roots, size_t n_roots, struct bg_why why,
		      struct bg_closure *c)
{
	struct work w = { .f = f, .c = c };

	lists_make(f, &w.l);
	for (size_t i = 0; i < n_roots; i++)
		keep_item(&w, roots[i], why);
	follow(&w);
	for (uint32_t i = 0; i < f->items.n; i++)
		if (c->shells[i])
			bg_vec_push(&w.btf, (struct btf_need){ i, c->items[i] });
	while (keep_kptrs(&w))
		follow(&w);
	for (size_t i = 0; i < w.btf.n; i++) {
		const struct btf_need *n = &w.btf.v[i];

		if (c->items[n->item].by)
			continue;
		c->items[n->item] = n->why;
		c->shells[n->item] = true;
		c->n_items++;
	}
	drop_repeated(f, c);
	bg_vec_done(&w.btf);
	lists_done(&w.l);
	bg_vec_done(&w.items);
	bg_vec_done(&w.tops);
}

static void compute(const struct bg_tu *f, const uint32_t *roots, size_t n_roots, bool trims, struct bg_closure *ret)
{
	BG_VEC(uint32_t) all = { 0 };

	*ret = (struct bg_closure){
		.items = bg_alloc((f->items.n + 1) * sizeof(struct bg_why)),
		.macros = bg_alloc((f->macros.n + 1) * sizeof(struct bg_why)),
		.tops = bg_alloc((f->incs.n + 1) * sizeof(struct bg_why)),
		.shells = bg_alloc(f->items.n + 1),
		.wholes = bg_alloc(f->items.n + 1),
		.trims = trims,
	};
	for (size_t i = 0; i < n_roots; i++)
		bg_vec_push(&all, roots[i]);
	for (size_t i = 0; i < f->items.n; i++)
		if (f->items.v[i].is_licence)
			bg_vec_push(&all, (uint32_t)i);
	add_roots(f, all.v, all.n, (struct bg_why){ .by = BG_WHY_ROOT }, ret);
	bg_vec_done(&all);
}

void bg_closure_compute(const struct bg_tu *f, const uint32_t *roots, size_t n_roots, struct bg_closure *ret)
{
	compute(f, roots, n_roots, false, ret);
}

void bg_closure_extend(const struct bg_tu *f, const uint32_t *roots, size_t n_roots, struct bg_closure *c)
{
	add_roots(f, roots, n_roots, (struct bg_why){ .by = BG_WHY_IDENTITY }, c);
}

void bg_closure_of(const struct bg_tu *f, const struct bg_f_decl *entry, struct bg_closure *ret)
{
	BG_VEC(uint32_t) roots = { 0 };

	bg_vec_push(&roots, entry->item);
	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];

		if (d->kind != BG_DECL_VARIABLE || !d->section || !bg_starts(d->section, ".struct_ops"))
			continue;
		for (size_t k = 0; k < f->refs.n; k++)
			if (f->refs.v[k].from == d->item && f->refs.v[k].to == entry->item)
				bg_vec_push(&roots, d->item);
	}
	compute(f, roots.v, roots.n, entry->section != NULL, ret);
	bg_vec_done(&roots);
}

/* Everything that is in for 'from' by 'by' is in for what that one was in for. */
static void inherit(struct bg_closure *c, const struct bg_tu *f, int by, uint32_t from, struct bg_why why)
{
	const struct {
		struct bg_why *v;
		size_t n;
	} all[] = { { c->items, f->items.n }, { c->macros, f->macros.n }, { c->tops, f->incs.n } };

	for (size_t k = 0; k < BG_ARRAY_SIZE(all); k++)
		for (size_t i = 0; i < all[k].n; i++)
			if ((int)all[k].v[i].by == by && all[k].v[i].from == from)
				all[k].v[i] = why;
}

static void drop(struct bg_closure *c, const struct bg_tu *f, int by, struct bg_why *which, uint32_t index,
		 size_t *count)
{
	struct bg_why why = which[index];

	if (!why.by)
		return;
	which[index] = (struct bg_why){ 0 };
	--*count;
	if (by != BG_WHY_NOT)
		inherit(c, f, by, index, why);
}

void bg_closure_drop(struct bg_closure *c, const struct bg_tu *f, enum bg_need what, uint32_t index)
{
	if (what == BG_NEED_ITEM) {
		c->shells[index] = c->wholes[index] = false;
		drop(c, f, BG_WHY_ITEM, c->items, index, &c->n_items);
	} else if (what == BG_NEED_MACRO) {
		drop(c, f, BG_WHY_NOT, c->macros, index, &c->n_macros); /* nothing is in for a macro alone */
	} else {
		for (uint32_t i = 0; i < f->incs.n; i++)
			if (i == index || (c->tops[i].by && bg_streq(f->incs.v[i].spelled, f->incs.v[index].spelled)))
				drop(c, f, BG_WHY_TOP, c->tops, i, &c->n_tops);
	}
}

void bg_closure_done(struct bg_closure *c)
{
	free(c->items);
	free(c->macros);
	free(c->tops);
	free(c->shells);
	free(c->wholes);
	*c = (struct bg_closure){ 0 };
}
