// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Owns what is compared with what: the commit that a unit was locked at, and the one that upstream is at. It refuses to
 * compare with a guess: without a lock or a revision there is nothing that a change could be told from.
 */
#include "regress/diag_ids.h"
#include "regress/watch.h"

struct bg_loc bg_watch_place(const struct bg_watch *w)
{
	struct bg_loc at = w->what->at;

	return at.path ? at : BG_AT(w->group->spec->path, at.line, at.col);
}

static struct bg_upstream *upstream_of(struct bg_run *run, const struct bg_spec_repo *r)
{
	struct bg_upstream *u;
	int err;

	for (size_t i = 0; i < run->upstreams.n; i++)
		if (bg_streq(run->upstreams.v[i]->url, r->url))
			return run->upstreams.v[i];
	u = bg_alloc(sizeof(*u));
	u->url = bg_strdup(r->url);
	err = bg_history_open(r, run->job->offline, run->ds, &u->h);
	u->state = !err ? BG_EXIT_OK : err == -EINVAL ? BG_EXIT_USAGE : BG_EXIT_ENV;
	if (u->h.stale)
		bg_diag(run->ds, BG_WARNING, BG_ID_STALE, r->at,
			"'%s' cannot be fetched: %s; compared with what it was the last time", r->url, u->h.stale);
	bg_vec_push(&run->upstreams, u);
	return u;
}

/* A commit by what the user calls it. */
static char *find(struct bg_watch *w, const char *revision, const char *whose)
{
	char *commit = bg_history_commit(&w->up->h, revision);

	if (!commit)
		bg_diag(w->run->ds, BG_ERROR, BG_ID_NO_COMMIT, bg_watch_place(w),
			"'%s' has no revision '%s', which is %s", w->up->url, revision ? revision : "HEAD", whose);
	return commit;
}

/* The locked commit, whatever upstream has done to the branch or tag that it was on. */
static void check_locked(struct bg_watch *w, const struct bg_spec_repo *r)
{
	struct bg_history *h = &w->up->h;
	const char *locked = r->revision;
	struct bg_loc at =
		r->revision_at.line ? BG_AT(w->group->spec->path, r->revision_at.line, r->revision_at.col) : r->at;

	if (!bg_history_has(h, w->base))
		bg_diag(w->run->ds, w->closure ? BG_WARNING : BG_ERROR, BG_ID_BASE_GONE, at,
			"the locked commit %.12s is gone from '%s'%s", w->base, w->up->url,
			w->closure ? "; compared by the lock's hashes alone, without differences" : "");
	else if (!bg_history_kept(h, w->base))
		bg_diag(w->run->ds, BG_WARNING, BG_ID_REWRITTEN, at,
			"no branch or tag of '%s' leads to the locked commit %.12s any more: its history was "
			"rewritten; the commit is still there, and is compared with",
			w->up->url, w->base);
	if (locked && bg_history_is_tag(h, locked)) {
		BG_CLEANUP(bg_freep) char *now = bg_history_commit(h, locked);

		if (now && !bg_streq(now, w->base))
			bg_diag(w->run->ds, BG_WARNING, BG_ID_TAG_MOVED, at,
				"tag '%s' of '%s' was moved: it was %.12s when the spec was locked, and is %.12s",
				locked, w->up->url, w->base, now);
	}
}

/* Another function, or other flags, since the spec was locked: then the lock's unit is not the spec's. */
static bool is_as_locked(const struct bg_watch *w, const json_t *locked)
{
	BG_CLEANUP(bg_freep) char *at = bg_spec_at(w->what);
	json_t *flags = json_array();
	bool same;

	for (size_t i = 0; i < w->what->cflags.n; i++)
		json_array_append_new(flags, bg_json_text(w->what->cflags.v[i]));
	same = bg_streq(json_string_value(json_object_get(locked, "at")), at) &&
	       (json_equal(json_object_get(locked, "cflags"), flags) ||
		(!json_object_get(locked, "cflags") && !json_array_size(flags)));
	json_decref(flags);
	return same;
}

static void take_from_lock(struct bg_watch *w)
{
	json_t *locked = w->group->lock ? bg_lock_extract(w->group->lock, w->what->name) : NULL;
	const char *commit = w->group->lock ? bg_lock_commit(w->group->lock, w->what->from) : NULL;

	if (locked && commit) {
		w->base = bg_strdup(commit);
		w->locked = true;
		if (is_as_locked(w, locked))
			w->entry = bg_strdup(json_string_value(json_object_get(locked, "entry")));
		if (w->entry) {
			w->closure = json_incref(json_object_get(locked, "closure"));
			w->files = json_incref(json_object_get(locked, "files"));
			w->figures = json_incref(json_object_get(locked, "figures"));
		}
	}
	json_decref(locked);
}

/* A branch moves with upstream: compared with what it is today, there is never a change. */
static void say_moving(struct bg_watch *w, const struct bg_spec_repo *r)
{
	if (w->up->moving || bg_starts(w->base, r->revision) || bg_history_is_tag(&w->up->h, r->revision))
		return;
	w->up->moving = true;
	bg_diag(w->run->ds, BG_WARNING, BG_ID_MOVING, r->at,
		"'%s' is not locked, and '%s' is where upstream goes on: compared with what it is today, nothing that "
		"upstream does there is seen; 'bpfgraft lock' records what it is",
		r->name, r->revision);
}

/* Which commit is compared with, when no range says it. */
static bool find_base(struct bg_watch *w, const struct bg_spec_repo *r)
{
	take_from_lock(w);
	if (w->base) {
		BG_CLEANUP(bg_freep) char *fetched = bg_history_commit(&w->up->h, w->base);

		check_locked(w, r);
		return bg_history_has(&w->up->h, w->base) || w->closure;
	}
	if (!r->revision) {
		bg_diag(w->run->ds, BG_ERROR, BG_ID_NO_BASE, r->at,
			"'%s' is neither locked nor at a revision, so there is nothing to compare with", r->name);
		return false;
	}
	w->base = find(w, r->revision, "the spec's");
	if (w->base)
		say_moving(w, r);
	return w->base;
}

/* The function that a line of the spec means, where the spec's own revision tells. */
static void name_entry(struct bg_watch *w)
{
	struct bg_look l;

	if (w->entry || w->what->function || !w->origin || !bg_history_has(&w->up->h, w->origin))
		return;
	bg_watch_look(w, w->origin, &l);
	w->entry = bg_strdup(json_string_value(json_object_get(l.report, "entry")));
	bg_look_done(&l);
}

/* Lines in the spec are of the commit that it is locked to, or names, and not of the begin of the range. */
static bool begin_range(struct bg_watch *w, const struct bg_spec_repo *r)
{
	json_t *locked = w->group->lock ? bg_lock_extract(w->group->lock, w->what->name) : NULL;
	const char *commit = w->group->lock ? bg_lock_commit(w->group->lock, w->what->from) : NULL;

	w->origin = commit ? bg_strdup(commit) : r->revision ? bg_history_commit(&w->up->h, r->revision) : NULL;
	if (locked && is_as_locked(w, locked))
		w->entry = bg_strdup(json_string_value(json_object_get(locked, "entry")));
	json_decref(locked);
	w->base = find(w, w->run->job->from, "the begin of the range");
	name_entry(w);
	return w->base;
}

bool bg_watch_look_back(struct bg_watch *w)
{
	struct bg_look l;

	if (w->report || !bg_history_has(&w->up->h, w->base))
		return w->report;
	bg_watch_look(w, w->base, &l);
	w->report = json_incref(l.report);
	bg_look_done(&l);
	return w->report;
}

/* What the unit was. */
static enum bg_exit look_at_base(struct bg_watch *w)
{
	struct bg_look l;
	enum bg_exit code;

	if (w->closure && w->entry)
		return BG_EXIT_OK;
	bg_watch_look(w, w->base, &l);
	code = l.code;
	if (l.report) {
		w->report = json_incref(l.report);
		w->closure = bg_lock_closure(l.report);
		w->files = json_incref(json_object_get(l.report, "files"));
		free(w->entry);
		w->entry = bg_strdup(json_string_value(json_object_get(l.report, "entry")));
		code = BG_EXIT_OK;
	} else if (w->run->job->each && (code == BG_EXIT_USAGE || code == BG_EXIT_UPSTREAM)) {
		w->absent = true;
		w->closure = json_object();
		code = BG_EXIT_OK;
	} else {
		bg_diag(w->run->ds, BG_ERROR, BG_ID_NO_UNIT, bg_watch_place(w),
			"'%s' cannot be extracted at %.12s, with which it is compared", w->what->name, w->base);
		bg_diags_move(w->run->ds, l.said);
	}
	bg_look_done(&l);
	return code;
}

enum bg_exit bg_watch_begin(struct bg_watch *w)
{
	const struct bg_spec_repo *r = bg_spec_repo(w->group->spec, w->what->from);

	w->up = upstream_of(w->run, r);
	if (w->up->state != BG_EXIT_OK)
		return w->up->state;
	w->target = find(w, w->run->job->to, w->run->job->to ? "what is to be compared with" : "its default branch");
	if (!w->target || !(w->run->job->from ? begin_range(w, r) : find_base(w, r)))
		return BG_EXIT_USAGE;
	if (!w->origin)
		w->origin = bg_strdup(w->base);
	return look_at_base(w);
}

void bg_watch_done(struct bg_watch *w)
{
	bg_diags_free(w->said);
	json_decref(w->row);
	free(w->base);
	free(w->target);
	free(w->origin);
	free(w->entry);
	json_decref(w->closure);
	json_decref(w->files);
	json_decref(w->figures);
	json_decref(w->report);
	if (w->before)
		bg_trial_done(w->before);
	free(w->before);
}
