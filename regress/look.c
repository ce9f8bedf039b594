// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Owns a look at a unit at some commit: upstream is read, nothing is compiled. Where upstream moved lines, the spec's
 * places are moved with them: an extract is followed by the name of its function.
 */
#include "extract/extract.h"
#include "regress/watch.h"

/* Answers that were found are found anew; a place that was given is where its line is by now. */
static void move_answers(const struct bg_watch *w, struct bg_spec_extract *e, const char *commit)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->resolve.n; i++) {
		struct bg_spec_pair *p = &e->resolve.v[i];
		BG_CLEANUP(bg_freep) char *file = NULL, *function = NULL;
		unsigned line = 0;

		if (p->found) {
			free(p->name);
			free(p->value);
			continue;
		}
		if (w->origin && bg_spec_split_at(p->value, &file, &line, &function) && line) {
			free(p->value);
			p->value = bg_printf("%s:%u", file, bg_history_line(&w->up->h, w->origin, commit, file, line));
		}
		e->resolve.v[kept++] = *p;
	}
	e->resolve.n = kept;
}

static void move_extract(const struct bg_group *g, size_t i, struct bg_spec_extract *e, const char *commit)
{
	const struct bg_watch *w = &g->v[i];

	if (w->entry) {
		free(e->function);
		e->function = bg_strdup(w->entry);
		e->line = 0;
	}
	if (w->up)
		move_answers(w, e, commit);
}

struct bg_spec *bg_watch_spec(struct bg_watch *w, const char *commit, struct bg_diags *ds)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *own = bg_diags_new();
	struct bg_spec *s = NULL;

	if (bg_history_move(&w->up->h, commit, ds))
		return NULL;
	if (bg_spec_load(w->group->spec->path, own, &s) || s->extracts.n != w->group->spec->extracts.n) {
		bg_diags_move(ds, own);
		return bg_spec_free(s);
	}
	if (w->group->lock)
		bg_lock_apply(w->group->lock, s, false, own);
	for (size_t i = 0; i < s->repositories.n; i++) {
		struct bg_spec_repo *r = &s->repositories.v[i];

		if (strcmp(r->name, w->what->from))
			continue;
		free(r->url);
		free(r->revision);
		r->url = bg_strdup(w->up->h.root);
		r->revision = NULL;
	}
	for (size_t i = 0; i < s->extracts.n; i++)
		if (bg_streq(s->extracts.v[i].from, w->what->from))
			move_extract(w->group, i, &s->extracts.v[i], commit);
	return s;
}

void bg_watch_look(struct bg_watch *w, const char *commit, struct bg_look *ret)
{
	BG_CLEANUP(bg_freep) char *dir = bg_join(w->run->tmp.path, "look");
	BG_CLEANUP(bg_spec_freep) struct bg_spec *s = NULL;
	struct bg_extract_result r = { 0 };
	const struct bg_spec_extract *e;

	*ret = (struct bg_look){ .said = bg_diags_new(), .code = BG_EXIT_ENV };
	s = bg_watch_spec(w, commit, ret->said);
	if (!s)
		return;
	e = bg_spec_extract(s, w->what->name);
	bg_remove_tree(dir);
	ret->code = bg_extract_run(&(struct bg_extract_job){ .repo = bg_spec_repo(s, e->from),
							     .what = e,
							     .dir = dir,
							     .basename = "unit",
							     .offline = true,
							     .index_path = w->run->index },
				   ret->said, &r);
	ret->report = json_incref(r.report);
	bg_extract_result_done(&r);
}

const char *bg_first_error(const struct bg_diags *ds)
{
	for (enum bg_severity sev = BG_ERROR; sev >= BG_WARNING; sev--)
		for (size_t i = 0; i < bg_diags_count(ds); i++)
			if (bg_diags_get(ds, i)->severity == sev)
				return bg_diags_get(ds, i)->message;
	return NULL;
}

void bg_look_done(struct bg_look *l)
{
	json_decref(l->report);
	bg_diags_free(l->said);
}

static bool lists(const json_t *files, const char *path)
{
	json_t *v;
	size_t i;

	json_array_foreach ((json_t *)files, i, v)
		if (bg_streq(json_string_value(v), path))
			return true;
	return false;
}

static bool lists_name(const json_t *files, const char *path)
{
	json_t *v;
	size_t i;

	json_array_foreach ((json_t *)files, i, v)
		if (bg_streq(bg_basename(json_string_value(v)), bg_basename(path)))
			return true;
	return false;
}

/* A file that came can be found before the one that was included: a header, or what has the name of one. */
static bool can_shadow(const struct bg_file_change *c, const json_t *files)
{
	return c->status != 'M' && c->status != 'D' && (bg_ends(c->to, ".h") || lists_name(files, c->to));
}

static bool is_source(const char *path)
{
	static const char *const ends[] = { ".c", ".h", ".inc", ".def", ".in", ".m4", ".ll", ".S" };

	for (size_t i = 0; i < BG_ARRAY_SIZE(ends); i++)
		if (bg_ends(path, ends[i]))
			return true;
	return false;
}

/* Definitions of other files were looked for: a source that was none of them can define the name now. */
static bool was_answered(const struct bg_watch *w)
{
	const json_t *report = w->report;
	json_t *locked = w->locked ? bg_lock_extract(w->group->lock, w->what->name) : NULL;
	bool answered = json_array_size(json_object_get(report, "answers")) || json_object_get(locked, "found") ||
			json_object_get(locked, "resolve");

	json_decref(locked);
	return answered;
}

bool bg_watch_untouched(const struct bg_watch *w, const json_t *files, const char *from, const char *to)
{
	struct bg_file_changes all = { 0 };
	bool untouched = bg_history_files(&w->up->h, from, to, false, &all) == 0;
	bool answered = untouched && all.n && files && was_answered(w);

	for (size_t i = 0; i < all.n && untouched; i++) {
		const struct bg_file_change *c = &all.v[i];

		untouched = files ? !lists(files, c->to) && !can_shadow(c, files) && !(answered && bg_ends(c->to, ".c"))
				  : !is_source(c->to);
	}
	bg_file_changes_done(&all);
	return untouched;
}
