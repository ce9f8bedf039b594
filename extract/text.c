// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the text of a translation unit says without libclang: tokens, comments, directives, macros, lines, and hashes of
 * the repository's files. Some of it was read while libclang was being loaded (sources.c); what is left is read in
 * threads, while the cursors are gone through.
 */
#include "core/task.h"
#include "extract/scan_internal.h"

/* What was read before the parse, and still is what clang has read; what is left to be hashed. */
static void find_contents(struct scan *s)
{
	for (size_t i = 0; i < s->f->files.n; i++)
		bg_vec_push(&s->ahead, NULL);
	for (size_t i = 0; i < s->f->incs.n; i++) {
		uint32_t number = s->f->incs.v[i].file;
		struct bg_f_file *file = &s->f->files.v[number];
		const char *text;
		size_t n = 0;

		if (s->fl.insts.v[i].again) /* once for each file */
			continue;
		/* clang did not read the file itself */
		if (s->fl.blank && bg_streq(file->path, bg_blank_path(s->fl.blank))) {
			file->sha = bg_blank_hash(s->fl.blank);
			continue;
		}
		text = clang_getFileContents(s->fl.tu, s->fl.insts.v[i].file, &n);
		s->ahead.v[number] = text ? bg_sources_ahead(s->sources, file->path, text, n) : NULL;
		if (file->system)
			continue;
		if (s->ahead.v[number] && !s->ahead.v[number]->system)
			file->sha = s->ahead.v[number]->sha;
		else
			bg_vec_push(&s->unhashed, (struct scan_content){ number, text ? text : "", text ? n : 0 });
	}
}

static void hash_contents(void *ctx)
{
	struct scan *s = ctx;

	for (size_t i = 0; i < s->unhashed.n; i++)
		s->f->files.v[s->unhashed.v[i].file].sha = bg_sha256(s->unhashed.v[i].text, s->unhashed.v[i].n);
}

static void lex_all(struct scan *s)
{
	size_t skip = 0; /* the first skipped range that ends behind the token at hand */

	for (size_t i = 0; i < s->f->segs.n; i++) {
		const struct bg_f_seg *g = &s->f->segs.v[i];
		const struct bg_source *ahead = s->ahead.v[s->f->incs.v[g->inc].file];
		size_t first = s->lx.toks.n, n = first;
		bool system = s->f->incs.v[g->inc].top >= 0;

		if (ahead && ahead->system == system)
			bg_lexed_part(&ahead->lexed, g->off, g->off + (g->e - g->s), (int64_t)g->s - g->off, &s->lx);
		else if (system)
			bg_lex_dirs(s->f->text, g->s, g->e, &s->lx);
		else
			bg_lex(s->f->text, g->s, g->e, &s->lx);
		for (size_t k = first; k < s->lx.toks.n; k++) { /* what #if left out is no part of anything */
			while (skip < s->fl.skipped.n && s->fl.skipped.v[skip].e <= s->lx.toks.v[k].s)
				skip++;
			if (skip == s->fl.skipped.n || s->lx.toks.v[k].s < s->fl.skipped.v[skip].s)
				s->lx.toks.v[n++] = s->lx.toks.v[k];
		}
		s->lx.toks.n = n;
	}
}

/* Memory of the main thread, which comes in larger pages, for what read_text() is likely to find. */
static void make_room(struct scan *s)
{
	struct bg_lexed all = { 0 };

	for (size_t i = 0; i < s->f->incs.n; i++) {
		const struct bg_source *ahead = s->ahead.v[s->f->incs.v[i].file];

		all.toks.n += ahead ? ahead->lexed.toks.n : 0;
		all.dirs.n += ahead ? ahead->lexed.dirs.n : 0;
		all.comments.n += ahead ? ahead->lexed.comments.n : 0;
	}
	bg_vec_room(&s->lx.toks, all.toks.n);
	bg_vec_room(&s->lx.dirs, all.dirs.n);
	bg_vec_room(&s->lx.comments, all.comments.n);
}

/* What the text alone says, in a thread: libclang's cursors are gone through meanwhile. */
static void read_text(void *ctx)
{
	struct scan *s = ctx;

	lex_all(s);
	s->mac = bg_macros_new(s->f, &s->fl, &s->lx);
	bg_tu_ready_lines(s->f);
}

void scan_text_begin(struct scan *s)
{
	find_contents(s);
	if (s->unhashed.n)
		s->hashing = bg_task_start(hash_contents, s);
	make_room(s);
	s->reading = bg_task_start(read_text, s);
}

void scan_text_wait(struct scan *s)
{
	s->reading = bg_task_wait(s->reading);
}

void scan_text_end(struct scan *s)
{
	scan_text_wait(s);
	s->hashing = bg_task_wait(s->hashing);
	bg_vec_done(&s->unhashed);
	bg_vec_done(&s->ahead);
}
