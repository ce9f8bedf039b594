// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/tu.h"

#include "extract/template.h"

const char *const bg_ref_names[] = {
	[BG_REF_CALL] = "call", [BG_REF_ADDRESS] = "address", [BG_REF_VARIABLE] = "variable", [BG_REF_TYPE] = "type",
	[BG_REF_COMPLETE] = "complete-type", [BG_REF_FIELD] = "field", [BG_REF_ENUM] = "enum-constant",
	[BG_REF_REDECL] = "redeclaration", [BG_REF_NAME] = "name",	[BG_REF_BTF] = "btf",
	[BG_REF_KPTR] = "kptr",
};

/* Made from the facts where asking them again and again would be slow. */
struct bg_tu_cache {
	BG_VEC(uint32_t) ends;          /* where lines end in the flat text */
	BG_VEC(unsigned) first;         /* the line of its file in which each segment starts */
	/* the inclusion that is what m4 made of a template, -1: none; and the lines of that */
	int64_t made;
	struct bg_template_lines template;
	uint32_t *stands;               /* the declaration that stands for each item, 1 more than its number; 0: none */
};

struct bg_tu *bg_tu_new(void)
{
	return bg_alloc(sizeof(struct bg_tu));
}

struct bg_tu *bg_tu_free(struct bg_tu *f)
{
	if (!f)
		return NULL;
	for (size_t i = 0; i < f->files.n; i++) {
		free(f->files.v[i].path);
		free(f->files.v[i].rel);
	}
	for (size_t i = 0; i < f->incs.n; i++)
		free(f->incs.v[i].spelled);
	for (size_t i = 0; i < f->decls.n; i++) {
		free(f->decls.v[i].name);
		free(f->decls.v[i].section);
		free(f->decls.v[i].usr);
		free(f->decls.v[i].context);
	}
	for (size_t i = 0; i < f->tag_defs.n; i++)
		free(f->tag_defs.v[i].tag);
	for (size_t i = 0; i < f->tag_names.n; i++)
		free(f->tag_names.v[i].tag);
	for (size_t i = 0; i < f->macros.n; i++) {
		free(f->macros.v[i].name);
		free(f->macros.v[i].cmdline);
	}
	for (size_t i = 0; i < f->helpers.n; i++)
		free(f->helpers.v[i].name);
	bg_vec_done(&f->files);
	bg_vec_done(&f->incs);
	bg_vec_done(&f->segs);
	bg_vec_done(&f->items);
	bg_vec_done(&f->decls);
	bg_vec_done(&f->refs);
	bg_vec_done(&f->sysrefs);
	bg_vec_done(&f->tag_defs);
	bg_vec_done(&f->tag_names);
	bg_vec_done(&f->macros);
	bg_vec_done(&f->macro_uses);
	bg_vec_done(&f->sysneeds);
	bg_vec_done(&f->pragmas);
	bg_vec_done(&f->branches);
	bg_vec_done(&f->calls);
	bg_vec_done(&f->mapuses);
	bg_vec_done(&f->helpers);
	if (f->cache) {
		bg_vec_done(&f->cache->ends);
		bg_vec_done(&f->cache->first);
		bg_vec_done(&f->cache->template);
		free(f->cache->stands);
		free(f->cache);
	}
	bg_strv_done(&f->flags);
	free(f->main);
	free(f->root);
	free(f->text);
	free(f);
	return NULL;
}

void bg_tu_freep(struct bg_tu **f)
{
	*f = bg_tu_free(*f);
}

static const struct bg_f_seg *seg_at(const struct bg_tu *f, uint32_t off)
{
	size_t n = bg_vec_before(&f->segs, .s, off + 1);

	return n ? &f->segs.v[n - 1] : NULL;
}

const struct bg_f_inc *bg_tu_inc_at(const struct bg_tu *f, uint32_t off)
{
	const struct bg_f_seg *s = seg_at(f, off);

	return s ? &f->incs.v[s->inc] : NULL;
}

/*
 * The inclusion that is what m4 made of a template: the main file, or what an answered source includes first. -1: none.
 */
static int64_t expansion(const struct bg_tu *f)
{
	for (size_t i = 0; i < f->incs.n && i < 2; i++) {
		const struct bg_f_file *file = &f->files.v[f->incs.v[i].file];

		if (file->rel && (bg_ends(file->rel, ".in") || bg_ends(file->rel, ".m4")) &&
		    !bg_starts(file->path, f->root))
			return (int64_t)i;
	}
	return -1;
}

/* A function or variable stands for its item before all others, of those the first; an enumerator never does. */
static uint32_t *make_stands(const struct bg_tu *f)
{
	uint32_t *stands = bg_alloc((f->items.n + 1) * sizeof(*stands));

	for (size_t i = f->decls.n; i-- > 0;) {
		const struct bg_f_decl *d = &f->decls.v[i],
				       *now = stands[d->item] ? &f->decls.v[stands[d->item] - 1] : NULL;
		bool linked = d->kind == BG_DECL_FUNCTION || d->kind == BG_DECL_VARIABLE;

		if (d->kind == BG_DECL_ENUMCONST ||
		    (!linked && now && (now->kind == BG_DECL_FUNCTION || now->kind == BG_DECL_VARIABLE)))
			continue;
		stands[d->item] = (uint32_t)i + 1;
	}
	return stands;
}

static struct bg_tu_cache *make_cache(const struct bg_tu *f)
{
	struct bg_tu_cache *l = bg_alloc(sizeof(*l));
	/* line at which an inclusion's next segment starts, less one */
	unsigned *next = bg_alloc((f->incs.n + 1) * sizeof(*next));

	for (const char *p = f->text, *end = p + f->n_text; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		bg_vec_push(&l->ends, (uint32_t)(p - f->text));
	for (size_t i = 0; i < f->segs.n; i++) {
		const struct bg_f_seg *s = &f->segs.v[i];

		bg_vec_push(&l->first, next[s->inc] + 1);
		next[s->inc] += (unsigned)(bg_vec_before(&l->ends, , s->e) - bg_vec_before(&l->ends, , s->s));
	}
	l->made = expansion(f);
	if (l->made >= 0)
		bg_template_lines(f->text + f->incs.v[l->made].s, f->incs.v[l->made].e - f->incs.v[l->made].s,
				  &l->template);
	free(next);
	return l;
}

/* The facts themselves do not change by it. */
static struct bg_tu_cache *cache_of(const struct bg_tu *f)
{
	if (!f->cache)
		((struct bg_tu *)f)->cache = make_cache(f);
	return f->cache;
}

struct bg_place bg_tu_place(const struct bg_tu *f, uint32_t off)
{
	const struct bg_f_seg *s = seg_at(f, off);
	const struct bg_tu_cache *l;
	struct bg_place p = { 0 };
	size_t ends;

	if (!s)
		return p;
	l = cache_of(f);
	ends = bg_vec_before(&l->ends, , off);
	p.file = &f->files.v[f->incs.v[s->inc].file];
	p.path = p.file->rel ? p.file->rel : p.file->path;
	p.line = l->first.v[s - f->segs.v] + (unsigned)(ends - bg_vec_before(&l->ends, , s->s));
	if (s->inc == l->made)
		p.line = bg_template_line(&l->template, p.line);
	p.col = off - (ends && l->ends.v[ends - 1] >= s->s ? l->ends.v[ends - 1] + 1 : s->s) + 1;
	return p;
}

uint32_t bg_tu_line(const struct bg_tu *f, const char *rel, unsigned line)
{
	for (size_t i = 0; i < f->incs.n; i++) {
		const struct bg_f_file *file = &f->files.v[f->incs.v[i].file];
		unsigned at = 1;

		if (!bg_streq(file->rel, rel) && !bg_streq(file->path, rel))
			continue;
		for (size_t k = 0; k < f->segs.n; k++) {
			const struct bg_f_seg *s = &f->segs.v[k];

			if (s->inc != i)
				continue;
			for (uint32_t o = s->s; o < s->e; o++) {
				if (at == line)
					return o;
				at += f->text[o] == '\n';
			}
		}
	}
	return 0;
}

int32_t bg_tu_item_at(const struct bg_tu *f, uint32_t off)
{
	size_t n = bg_vec_before(&f->items, .s, off + 1);

	return n && off < f->items.v[n - 1].e ? (int32_t)n - 1 : -1;
}

void bg_tu_ready_lines(const struct bg_tu *f)
{
	cache_of(f);
}

void bg_tu_ready(const struct bg_tu *f)
{
	struct bg_tu_cache *c = cache_of(f);

	if (!c->stands)
		c->stands = make_stands(f);
}

const struct bg_f_decl *bg_tu_item_decl(const struct bg_tu *f, uint32_t item)
{
	bg_tu_ready(f);
	return f->cache->stands[item] ? &f->decls.v[f->cache->stands[item] - 1] : NULL;
}
