// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Owns the way from one commit to another. It runs nothing of upstream's: at each step a unit is read, and compiled
 * only where its text is one that was not tried yet.
 */
#include "core/log.h"
#include "regress/watch.h"

struct walk {
	struct bg_watch *w;
	struct bg_strv commits; /* oldest first */
	json_t *known;		/* {commit: hash of the unit's text, or ""} */
	json_t *verdicts;	/* {hash: broken} */
	size_t looks;
};

/* A unit's text as one word; "": there is no unit. New reference. */
static json_t *word_of(const json_t *closure)
{
	char *text = closure ? json_dumps(closure, JSON_COMPACT) : NULL;
	struct bg_hash h = bg_sha256(text ? text : "", text ? strlen(text) : 0);

	free(text);
	return json_string(closure ? h.hex : "");
}

static const char *text_at(struct walk *k, size_t i)
{
	const char *commit = k->commits.v[i];
	json_t *word = json_object_get(k->known, commit);

	if (!word) {
		struct bg_look l;
		json_t *closure;

		bg_progress("%s: looking at %.12s", k->w->what->name, commit);
		bg_watch_look(k->w, commit, &l);
		k->looks++;
		closure = l.report ? bg_lock_closure(l.report) : NULL;
		word = word_of(closure);
		json_object_set_new(k->known, commit, word);
		json_decref(closure);
		bg_look_done(&l);
	}
	return json_string_value(word);
}

static bool is_changed(struct walk *k, size_t i)
{
	json_t *was = word_of(k->w->closure);
	bool changed = !bg_streq(json_string_value(was), text_at(k, i));

	json_decref(was);
	return changed;
}

static bool is_broken(struct walk *k, size_t i)
{
	const char *text = text_at(k, i);
	struct bg_trial o;
	bool broken;

	if (!*text || !is_changed(k, i))
		return !*text;
	if (json_object_get(k->verdicts, text))
		return json_is_true(json_object_get(k->verdicts, text));
	bg_trial_of(k->w, k->commits.v[i], NULL, &o);
	if (o.broken && bg_trial_before(k->w))
		bg_trial_compare(&o, bg_trial_before(k->w));
	broken = o.broken;
	bg_trial_done(&o);
	json_object_set_new(k->verdicts, text, json_boolean(broken));
	return broken;
}

/* The first commit of which it is true, when it is true of the last and not of what is before the first. */
static json_t *first(struct walk *k, bool (*is)(struct walk *k, size_t i))
{
	size_t lo = 0, hi = k->commits.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (is(k, mid))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo < k->commits.n ? bg_history_about(&k->w->up->h, k->commits.v[lo]) : json_null();
}

static void add_files(struct bg_strv *to, const json_t *files)
{
	json_t *v;
	size_t i;

	json_array_foreach ((json_t *)files, i, v)
		if (!bg_strv_has(to, json_string_value(v)))
			bg_strv_add(to, json_string_value(v));
}

json_t *bg_walk_bisect(struct bg_watch *w, const json_t *files, bool broken)
{
	BG_CLEANUP(bg_freep) char *fork = bg_history_fork(&w->up->h, w->base, w->target);
	struct walk k = { .w = w, .known = json_object(), .verdicts = json_object() };
	struct bg_strv paths = { 0 };
	json_t *found = NULL;

	if (!w->files && bg_watch_look_back(w))
		w->files = json_incref(json_object_get(w->report, "files"));
	add_files(&paths, w->files);
	add_files(&paths, files);
	if (fork && paths.n)
		bg_history_list(&w->up->h, fork, w->target, &paths, &k.commits);
	found = json_pack("{s:o, s:o, s:I}", "changed", first(&k, is_changed), "broke",
			  broken ? first(&k, is_broken) : json_null(), "commits", (json_int_t)k.commits.n);
	json_object_set_new(found, "looks", json_integer((json_int_t)k.looks));
	bg_progress_clear();
	bg_strv_done(&paths);
	bg_strv_done(&k.commits);
	json_decref(k.known);
	json_decref(k.verdicts);
	return found;
}

/* --- every commit */

struct each {
	struct bg_watch *w;
	char *at;		 /* the last commit at which there was a unit */
	char *last;		 /* the commit before */
	const char *wrong;	 /* why there is none at that, or NULL */
	json_t *closure, *files; /* of it */
	struct bg_trial before;
	bool tried; /* before is known */
};

static const char *without_unit(enum bg_exit code)
{
	return code == BG_EXIT_USAGE ? "gone" : code == BG_EXIT_UPSTREAM ? "broken" : "unknown";
}

static void set_status(json_t *row, const char *still, const char *status)
{
	json_object_set_new(row, "status", json_sprintf("%s%s", still, status));
}

/* The stages at this commit, beside those at the one before. */
static const char *try_stages(struct each *e, const char *commit, json_t *row)
{
	struct bg_trial now;
	bool broken;

	if (e->w->run->job->until == BG_REGRESS_CLOSURE)
		return "changed";
	bg_trial_of(e->w, commit, NULL, &now);
	if (now.broken && !e->tried)
		bg_trial_of(e->w, e->at, NULL, &e->before);
	e->tried = e->tried || now.broken;
	if (now.broken)
		bg_trial_compare(&now, &e->before);
	json_object_set(row, "stages", now.stages);
	json_object_set(row, "figures", now.figures);
	broken = now.broken;
	if (e->tried)
		bg_trial_done(&e->before);
	e->before = now;
	e->tried = true;
	return broken ? "broken" : "compatible";
}

static void keep(struct each *e, const char *commit, const struct bg_look *l, json_t *closure)
{
	free(e->at);
	e->at = bg_strdup(commit);
	json_incref(closure); /* it may be the one that is kept already */
	json_decref(e->closure);
	e->closure = closure;
	if (l) {
		json_decref(e->files);
		e->files = json_incref(json_object_get(l->report, "files"));
	}
}

/* The commit left no unit: its own doing, or already so before it. */
static void lost(struct each *e, const struct bg_look *l, json_t *row)
{
	const char *why = without_unit(l->code);

	set_status(row, bg_streq(e->wrong, why) ? "still " : "", why);
	json_object_set_new(row, "reason", bg_json_text(bg_first_error(l->said)));
	e->wrong = why;
}

static void found(struct each *e, const char *commit, const struct bg_look *l, json_t *row)
{
	json_t *closure = bg_lock_closure(l->report), *changes = bg_changes_between(e->closure, closure);

	if (!json_object_size(e->closure))
		set_status(row, "", "appeared");
	else if (json_array_size(changes))
		set_status(row, "", try_stages(e, commit, row));
	else
		set_status(row, "", e->wrong ? "mended" : "unchanged");
	e->wrong = NULL;
	json_object_set_new(row, "changes", changes);
	keep(e, commit, l, closure);
	json_decref(closure);
}

static void step(struct each *e, const char *commit, json_t *row)
{
	struct bg_look l;

	if (e->wrong ? bg_watch_untouched(e->w, NULL, e->last, commit)
		     : e->files && bg_watch_untouched(e->w, e->files, e->at, commit)) {
		set_status(row, e->wrong ? "still " : "", e->wrong ? e->wrong : "unchanged");
		if (!e->wrong)
			keep(e, commit, NULL, e->closure);
		return;
	}
	bg_watch_look(e->w, commit, &l);
	if (l.report)
		found(e, commit, &l, row);
	else
		lost(e, &l, row);
	bg_look_done(&l);
}

json_t *bg_walk_each(struct bg_watch *w)
{
	struct each e = { .w = w,
			  .last = w->base,
			  .wrong = w->absent ? "gone" : NULL,
			  .at = bg_strdup(w->base),
			  .closure = json_incref(w->closure),
			  .files = json_incref(w->files) };
	struct bg_strv commits = { 0 };
	json_t *rows = json_array();

	bg_history_list(&w->up->h, w->base, w->target, NULL, &commits);
	for (size_t i = 0; i < commits.n; i++) {
		json_t *row = bg_history_about(&w->up->h, commits.v[i]);

		bg_progress("%s: %zu/%zu commits", w->what->name, i + 1, commits.n);
		json_object_set_new(row, "status", json_null());
		json_object_set_new(row, "reason", json_null());
		json_object_set_new(row, "changes", json_array());
		json_object_set_new(row, "stages", json_array());
		json_object_set_new(row, "figures", json_object());
		step(&e, commits.v[i], row);
		e.last = commits.v[i];
		json_array_append_new(rows, row);
	}
	bg_progress_clear();
	if (e.tried)
		bg_trial_done(&e.before);
	free(e.at);
	json_decref(e.closure);
	json_decref(e.files);
	bg_strv_done(&commits);
	return rows;
}
