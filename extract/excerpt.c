// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/excerpt.h"

#include "extract/emit.h"
#include "extract/lex.h"
#include "extract/made.h"

struct insert {
	size_t off;
	char *text;
};

struct excerpt {
	const struct bg_tu *f, *main;
	char *text; /* of the main file, as it is on disk */
	size_t n;
	bool *keep; /* by its characters */
	BG_VEC(struct insert) inserts;
};

/* Where flat text stands in the main file; SIZE_MAX: in another one. */
static size_t file_off(const struct bg_tu *f, uint32_t off)
{
	for (size_t i = 0; i < f->segs.n; i++) {
		const struct bg_f_seg *s = &f->segs.v[i];

		if (s->inc == 0 && s->s <= off && off < s->e)
			return s->off + (off - s->s);
	}
	return SIZE_MAX;
}

static void read_text(struct excerpt *x)
{
	const struct bg_tu *f = x->f;

	for (size_t i = 0; i < f->segs.n; i++)
		if (f->segs.v[i].inc == 0 && f->segs.v[i].off + (f->segs.v[i].e - f->segs.v[i].s) > x->n)
			x->n = f->segs.v[i].off + (f->segs.v[i].e - f->segs.v[i].s);
	x->text = bg_alloc(x->n + 1);
	x->keep = bg_alloc(x->n + 1);
	for (size_t i = 0; i < f->segs.n; i++)
		if (f->segs.v[i].inc == 0)
			memcpy(x->text + f->segs.v[i].off, f->text + f->segs.v[i].s, f->segs.v[i].e - f->segs.v[i].s);
}

static void keep_range(struct excerpt *x, uint32_t s, uint32_t e)
{
	for (uint32_t o = s; o < e; o++) {
		size_t at = file_off(x->f, o);

		if (at != SIZE_MAX)
			x->keep[at] = true;
	}
}

/* The comments that the file starts with: its licence. */
static void keep_head(struct excerpt *x)
{
	struct bg_lexed lx = { 0 };
	size_t end;

	bg_lex(x->text, 0, (uint32_t)x->n, &lx);
	end = lx.toks.n ? lx.toks.v[0].s : x->n;
	end = lx.dirs.n && lx.dirs.v[0].s < end ? lx.dirs.v[0].s : end;
	for (size_t i = 0; i < lx.comments.n && lx.comments.v[i].e <= end; i++)
		memset(x->keep + lx.comments.v[i].s, true, lx.comments.v[i].e - lx.comments.v[i].s);
	bg_lexed_done(&lx);
}

static bool main_has(const struct excerpt *x, const struct bg_f_file *file)
{
	for (size_t i = 0; x->main && i < x->main->files.n; i++)
		if (bg_streq(x->main->files.v[i].path, file->path))
			return true;
	return false;
}

/*
 * What the inclusion around off needs: nothing where main reads the same file, its #include line where that stands in
 * the main file. A header of the repository is included by its whole path, because the excerpt lies elsewhere;
 * extraction slices it as any other.
 */
static void keep_inclusion(struct excerpt *x, int32_t inc)
{
	const struct bg_tu *f = x->f;
	size_t at;

	if (main_has(x, &f->files.v[f->incs.v[inc].file]))
		return;
	while (f->incs.v[inc].parent > 0)
		inc = f->incs.v[inc].parent;
	at = f->incs.v[inc].dir_e ? file_off(f, f->incs.v[inc].dir_s) : SIZE_MAX;
	if (at == SIZE_MAX) /* by -include, which main has as well */
		return;
	if (f->incs.v[inc].top >= 0) {
		keep_range(x, f->incs.v[inc].dir_s, f->incs.v[inc].dir_e);
		return;
	}
	for (size_t i = 0; i < x->inserts.n; i++)
		if (x->inserts.v[i].off == at)
			return;
	bg_vec_push(&x->inserts,
		    (struct insert){ at, bg_printf("#include \"%s\"", f->files.v[f->incs.v[inc].file].path) });
}

static void keep_piece(struct excerpt *x, const struct bg_piece *p)
{
	const struct bg_f_inc *inc;

	if (p->kind == BG_PIECE_INCLUDE) {
		keep_inclusion(x, (int32_t)p->index);
	} else if (p->kind == BG_PIECE_FORWARD) {
		size_t at = file_off(x->f, p->off);

		if (at != SIZE_MAX)
			bg_vec_push(&x->inserts, (struct insert){ at, bg_printf("%s; ", p->text) });
	} else if (p->kind == BG_PIECE_ITEM || p->kind == BG_PIECE_MACRO || p->kind == BG_PIECE_PRAGMA) {
		if (p->kind == BG_PIECE_ITEM && x->f->items.v[p->index].is_licence)
			return;
		inc = bg_tu_inc_at(x->f, p->s);
		if (inc && inc != x->f->incs.v)
			keep_inclusion(x, (int32_t)(inc - x->f->incs.v));
		else
			keep_range(x, p->s, p->e);
	}
}

static int by_off(const void *a, const void *b)
{
	const struct insert *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

static void write_text(struct excerpt *x, struct bg_str *out)
{
	size_t next = 0;

	if (x->inserts.n)
		qsort(x->inserts.v, x->inserts.n, sizeof(*x->inserts.v), by_off);
	for (size_t i = 0; i < x->n; i++) {
		while (next < x->inserts.n && x->inserts.v[next].off == i)
			bg_str_add(out, x->inserts.v[next++].text);
		bg_str_addc(out, x->keep[i] || x->text[i] == '\n' ? x->text[i] : ' ');
	}
}

/* Blanks at the ends of lines would make the file as large as it was. */
static void trim(struct bg_str *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (b->s[i] == '\n')
			while (n && b->s[n - 1] == ' ')
				n--;
		b->s[n++] = b->s[i];
	}
	b->n = n;
}

char *bg_excerpt_write(const struct bg_tu *f, const uint32_t *roots, size_t n_roots, const struct bg_tu *main,
		       struct bg_diags *ds)
{
	struct excerpt x = { .f = f, .main = main };
	struct bg_closure c = { 0 };
	struct bg_pieces pieces = { 0 };
	struct bg_str out = { 0 };
	char *path;

	read_text(&x);
	keep_head(&x);
	bg_closure_compute(f, roots, n_roots, &c);
	bg_pieces_collect(f, &c, &pieces);
	for (size_t i = 0; i < pieces.n; i++)
		keep_piece(&x, &pieces.v[i]);
	write_text(&x, &out);
	trim(&out);
	path = bg_made_write(f->files.v[f->incs.v[0].file].rel, &out, ds);
	for (size_t i = 0; i < x.inserts.n; i++)
		free(x.inserts.v[i].text);
	bg_vec_done(&x.inserts);
	bg_vec_done(&pieces);
	bg_closure_done(&c);
	bg_str_done(&out);
	free(x.text);
	free(x.keep);
	return path;
}
