// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/sound.h"

#include "extract/lex.h"

static bool identifier(const char *s)
{
	size_t n = 0;

	while (s && s[n] && (bg_ident_char(s[n]) || (unsigned char)s[n] >= 0x80))
		n++;
	return n && !s[n];
}

/* Text of which a unit makes a line. */
static bool one_line(const char *s)
{
	return s && !strpbrk(s, "\n\r");
}

/* A range in the text, within its longer form, which has comments. Nothing stands at 0. */
static bool range(const struct bg_tu *f, uint32_t cs, uint32_t s, uint32_t e, uint32_t te)
{
	return cs > 0 && cs <= s && s <= e && e <= te && te <= f->n_text;
}

/* The outermost inclusion of a system header, which is its own top, or -1. */
static bool top_or_none(const struct bg_tu *f, int32_t top)
{
	return top == -1 || (top >= 0 && (size_t)top < f->incs.n && f->incs.v[top].top == top);
}

static bool inclusion(const struct bg_tu *f, size_t i)
{
	const struct bg_f_inc *x = &f->incs.v[i], *around = &f->incs.v[x->parent >= 0 && i ? (size_t)x->parent : 0];

	if (x->file >= f->files.n || x->parent < -1 || x->parent >= (int32_t)i || !top_or_none(f, x->top))
		return false;
	if (x->top == (int32_t)i && (!one_line(x->spelled) || x->spelled[0] != '<' || !bg_ends(x->spelled, ">")))
		return false;
	if (x->dir_s > x->dir_e || x->dir_e > x->s || !range(f, x->s, x->s, x->e, x->e))
		return false;
	return !i || (x->s >= around->s && x->e <= around->e && (!x->dir_e || x->dir_s >= around->s));
}

/* In order, each within its inclusion. */
static bool segments(const struct bg_tu *f)
{
	uint32_t last = 1;

	for (size_t i = 0; i < f->segs.n; i++) {
		const struct bg_f_seg *x = &f->segs.v[i];

		if (x->inc >= f->incs.n || x->s < last || x->s >= x->e || x->s < f->incs.v[x->inc].s ||
		    x->e > f->incs.v[x->inc].e)
			return false;
		last = x->e;
	}
	return true; /* none in an empty file */
}

/*
 * The text is as long as files can make it: each inclusion brings its file, and line ends around it and what it
 * includes.
 */
static bool possible(const struct bg_tu *f)
{
	uint64_t most = 1;

	for (size_t i = 0; i < f->incs.n; i++)
		most += f->files.v[f->incs.v[i].file].size + 2;
	return f->n_text <= most;
}

static bool layout(const struct bg_tu *f)
{
	for (size_t i = 0; i < f->files.n; i++)
		if (!f->files.v[i].path)
			return false;
	for (size_t i = 0; i < f->incs.n; i++)
		if (!inclusion(f, i))
			return false;
	return f->incs.n > 0 && f->incs.v[0].parent == -1 && segments(f) && possible(f);
}

/* Everything that has text stands in a file. */
static bool placed(const struct bg_tu *f, uint32_t off)
{
	return f->segs.n && off >= f->segs.v[0].s;
}

static bool items(const struct bg_tu *f)
{
	for (size_t i = 0; i < f->items.n; i++) {
		const struct bg_f_item *x = &f->items.v[i];

		if (!range(f, x->cs, x->s, x->e, x->te) || !placed(f, x->cs) || (i && x->s < f->items.v[i - 1].s))
			return false;
	}
	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *x = &f->decls.v[i];

		if (x->item >= f->items.n || x->off > x->end || x->end > f->n_text || !x->name)
			return false;
	}
	return true;
}

static bool macros(const struct bg_tu *f)
{
	for (size_t i = 0; i < f->macros.n; i++) {
		const struct bg_f_macro *x = &f->macros.v[i];

		if (!x->name) /* of a system header, and nothing uses it */
			continue;
		if (!identifier(x->name) || !top_or_none(f, x->top))
			return false;
		/* one of the command line has no place */
		if (x->s ? !range(f, x->cs, x->s, x->e, x->te) || !placed(f, x->cs) || x->cmdline
			 : x->is_def && !one_line(x->cmdline))
			return false;
	}
	for (size_t i = 0; i < f->macro_uses.n; i++) {
		const struct bg_f_macro_use *x = &f->macro_uses.v[i];

		if (x->item >= f->items.n || x->macro >= f->macros.n || !f->macros.v[x->macro].name)
			return false;
	}
	return true;
}

static bool is_top(const struct bg_tu *f, uint32_t inc)
{
	return inc < f->incs.n && f->incs.v[inc].top == (int32_t)inc;
}

static bool references(const struct bg_tu *f)
{
	for (size_t i = 0; i < f->refs.n; i++)
		if (f->refs.v[i].from >= f->items.n || f->refs.v[i].to >= f->items.n)
			return false;
	for (size_t i = 0; i < f->sysrefs.n; i++)
		if (f->sysrefs.v[i].from >= f->items.n || !is_top(f, f->sysrefs.v[i].top))
			return false;
	for (size_t i = 0; i < f->sysneeds.n; i++) {
		const struct bg_f_sysneed *x = &f->sysneeds.v[i];

		if (!is_top(f, x->top) || x->what > BG_NEED_TOP || (x->what == BG_NEED_TOP && !is_top(f, x->target)) ||
		    (x->what == BG_NEED_ITEM && x->target >= f->items.n) ||
		    (x->what == BG_NEED_MACRO && (x->target >= f->macros.n || !f->macros.v[x->target].name)))
			return false;
	}
	return true;
}

static bool tag(const struct bg_tu *f, const struct bg_f_tag *x)
{
	const char *space = x->tag ? strchr(x->tag, ' ') : NULL;

	return x->item < f->items.n && space && identifier(space + 1) &&
	       (bg_starts(x->tag, "struct ") || bg_starts(x->tag, "union ") || bg_starts(x->tag, "enum "));
}

static bool tags_and_pragmas(const struct bg_tu *f)
{
	for (size_t i = 0; i < f->tag_defs.n; i++)
		if (!tag(f, &f->tag_defs.v[i]))
			return false;
	for (size_t i = 0; i < f->tag_names.n; i++)
		if (!tag(f, &f->tag_names.v[i]))
			return false;
	for (size_t i = 0; i < f->pragmas.n; i++) {
		const struct bg_f_pragma *x = &f->pragmas.v[i];

		if (!range(f, x->s, x->s, x->e, x->e) || !placed(f, x->s) || x->mate < -1 ||
		    x->mate >= (int32_t)f->pragmas.n)
			return false;
	}
	return true;
}

/* In order, each of whole lines, of which the first is not the text's. */
static bool branches(const struct bg_tu *f)
{
	uint32_t last = 1;

	for (size_t i = 0; i < f->branches.n; i++) {
		const struct bg_f_branch *x = &f->branches.v[i];

		if (x->s < last || x->s >= x->e || x->e > f->n_text || !placed(f, x->s))
			return false;
		last = x->e;
	}
	return true;
}

/* What functions do: calls, uses of maps, helpers. */
static bool deeds(const struct bg_tu *f)
{
	for (size_t i = 0; i < f->calls.n; i++)
		if (f->calls.v[i].caller >= f->decls.n || f->calls.v[i].callee >= f->decls.n ||
		    f->calls.v[i].off >= f->n_text)
			return false;
	for (size_t i = 0; i < f->mapuses.n; i++)
		if (f->mapuses.v[i].function >= f->decls.n || f->mapuses.v[i].map >= f->decls.n ||
		    f->mapuses.v[i].off >= f->n_text)
			return false;
	for (size_t i = 0; i < f->helpers.n; i++)
		if (f->helpers.v[i].function >= f->decls.n || !f->helpers.v[i].name || f->helpers.v[i].off >= f->n_text)
			return false;
	return true;
}

bool bg_tu_sound(const struct bg_tu *f)
{
	return layout(f) && items(f) && macros(f) && references(f) && tags_and_pragmas(f) && branches(f) &&
	       deeds(f);
}
