// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Which lines of items the preprocessor passed over: branches of conditionals that these flags do not take. */
#include "extract/scan_internal.h"

/* The first character of the line behind the one in which off stands; 0: there is none. */
static uint32_t next_line(const struct bg_tu *f, uint32_t off)
{
	const char *nl = memchr(f->text + off, '\n', f->n_text - off);

	return nl ? (uint32_t)(nl - f->text) + 1 : 0;
}

/* The first character of a directive's line; 0: a comment ends there. */
static uint32_t line_of(const struct bg_tu *f, const struct bg_dir *d)
{
	uint32_t at = d->s;

	while (at && (f->text[at - 1] == ' ' || f->text[at - 1] == '\t'))
		at--;
	return at && f->text[at - 1] == '\n' ? at : 0;
}

/* Whole lines between two directives, if they are passed over and belong to an item. */
static void add_branch(struct scan *s, const struct bg_dir *open, const struct bg_dir *close)
{
	const struct bg_tu *f = s->f;
	struct bg_f_branch b = { next_line(f, open->e), line_of(f, close) };
	size_t k = bg_vec_before(&s->lx.comments, .s, b.s);
	int32_t item;

	if (k && s->lx.comments.v[k - 1].e > b.s) /* one that begins behind the directive */
		b.s = next_line(f, s->lx.comments.v[k - 1].e);
	if (!b.s || b.s >= b.e || !bg_flat_skipped(&s->fl, b.s) || !bg_flat_skipped(&s->fl, b.e - 1))
		return;
	item = bg_tu_item_at(f, b.s);
	if (item >= 0 && item == bg_tu_item_at(f, b.e))
		bg_vec_push(&s->f->branches, b);
}

/* What one skipped range holds: it goes from a conditional's first directive that is not taken to one that is, or ends
 * it. */
static void branches_in(struct scan *s, const struct bg_range *r)
{
	const struct bg_dir *open = NULL;
	unsigned depth = 0;

	for (size_t i = bg_dir_at(&s->lx, r->s); i < s->lx.dirs.n && s->lx.dirs.v[i].s < r->e; i++) {
		const struct bg_dir *d = &s->lx.dirs.v[i];
		bool opens = d->kind == BG_DIR_IF || d->kind == BG_DIR_IFDEF, closes = d->kind == BG_DIR_ENDIF,
		     parts = d->kind == BG_DIR_ELIF || d->kind == BG_DIR_ELIFDEF || d->kind == BG_DIR_ELSE;

		if (!opens && !closes && !parts)
			continue;
		if (depth == 1 && open && (closes || parts))
			add_branch(s, open, d);
		if (depth <= 1 && !(depth && opens))
			open = closes ? NULL : d;
		depth += opens || (parts && !depth);
		depth -= closes && depth;
	}
}

void scan_branches(struct scan *s)
{
	for (size_t i = 0; i < s->fl.skipped.n; i++)
		if (bg_tu_item_at(s->f, s->fl.skipped.v[i].s) >= 0)
			branches_in(s, &s->fl.skipped.v[i]);
}
