// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Owns the verdict on each extract: what upstream did to it, whether it still works, and how bad that is. It does as
 * little as settles the question: nothing where no file of the unit was touched, a look where the text is the same, the
 * stages only where it is not.
 */
#include "core/log.h"
#include "extract/alike.h"
#include "library/results.h"
#include "regress/diag_ids.h"
#include "regress/watch.h"

static void set(struct bg_watch *w, const char *key, json_t *value)
{
	json_object_set_new(w->row, key, value);
}

static void set_text(struct bg_watch *w, const char *key, const char *value)
{
	set(w, key, bg_json_text(value));
}

static json_t *empty_row(const struct bg_watch *w)
{
	const struct bg_spec_extract *e = w->what;
	BG_CLEANUP(bg_freep) char *at = bg_spec_at(e);
	const struct bg_spec_repo *r = bg_spec_repo(w->group->spec, e->from);

	return json_pack("{s:o, s:o, s:o, s:o, s:n, s:o, s:n, s:n, s:s, s:n, s:n, s:i, s:n, s:[], s:[], s:n, s:[], "
			 "s:n, s:n, s:[]}",
			 "spec", bg_json_text(w->group->spec->path), "name", bg_json_text(e->name), "repository",
			 bg_json_text(r ? r->url : NULL), "at", bg_json_text(at), "function", "on_change",
			 bg_json_text(e->on_change ? e->on_change : w->group->spec->on_change), "base", "target",
			 "status", "unknown", "reason", "severity", "line", (int)e->at.line, "work", "changes",
			 "stages", "figures", "candidates", "bisect", "commits", "diagnostics");
}

/* --- what is gone */

static char *renamed_to(struct bg_watch *w, const char *file)
{
	struct bg_file_changes all = { 0 };
	char *to = NULL;

	if (bg_history_files(&w->up->h, w->base, w->target, true, &all) == 0)
		for (size_t i = 0; i < all.n && !to; i++)
			if (all.v[i].status == 'R' && bg_streq(all.v[i].from, file))
				to = bg_strdup(all.v[i].to);
	bg_file_changes_done(&all);
	return to;
}

/* The text of the function as it was, in the file that the lock or the unit says. NULL: not to be had. */
static char *old_text(struct bg_watch *w)
{
	BG_CLEANUP(bg_freep) char *key = bg_printf("function %s", w->entry);
	const char *file;
	json_t *pieces;

	json_object_foreach (w->closure, file, pieces) {
		BG_CLEANUP(bg_freep) char *source = NULL;

		if (json_object_get(pieces, key) && (source = bg_history_text(&w->up->h, w->base, file)))
			return bg_alike_text(source, w->entry);
	}
	return NULL;
}

/* A translation unit has no such file or function any more: says so, and offers what is like it. */
static void judge_gone(struct bg_watch *w)
{
	BG_CLEANUP(bg_freep)
	char *there = bg_history_text(&w->up->h, w->target, w->what->file), *text = old_text(w), *to = NULL;
	json_t *found = text ? bg_alike_find(w->up->h.root, text, w->entry) : json_array(),
	       *best = json_array_get(found, 0);
	const char *function = json_string_value(json_object_get(best, "function")),
		   *file = json_string_value(json_object_get(best, "file"));
	struct bg_str reason = { 0 };

	if (!there)
		to = renamed_to(w, w->what->file);
	set_text(w, "status",
		 !there && to			? "file renamed"
		 : !best			? "gone"
		 : bg_streq(function, w->entry) ? "moved"
						: "renamed");
	if (there)
		bg_str_addf(&reason, "'%s' is no longer in %s", w->entry, w->what->file);
	else if (to)
		bg_str_addf(&reason, "%s is called %s now", w->what->file, to);
	else
		bg_str_addf(&reason, "%s is gone", w->what->file);
	if (best)
		bg_str_addf(&reason, "; did you mean '%s:%s' (%lld%% alike)?", file, function,
			    (long long)json_integer_value(json_object_get(best, "alike")));
	set(w, "candidates", found);
	set_text(w, "reason", reason.s);
	bg_str_done(&reason);
}

/* --- what has changed */

static void set_figures(struct bg_watch *w, const json_t *now)
{
	const char *kernel = w->group->lock && w->locked ? bg_lock_tool(w->group->lock, "kernel") : NULL;

	set(w, "figures", json_pack("{s:O?, s:O, s:s?}", "was", w->figures, "is", now, "was_on", kernel));
}

static char *failed_stages(const json_t *stages)
{
	struct bg_str s = { 0 };
	json_t *row;
	size_t i;

	json_array_foreach ((json_t *)stages, i, row)
		if (bg_streq(json_string_value(json_object_get(row, "result")), "failed"))
			bg_str_addf(&s, "%s%s of '%s'", s.n ? ", " : "",
				    json_string_value(json_object_get(row, "stage")),
				    json_string_value(json_object_get(row, "name")));
	return bg_str_take(&s);
}

static void judge_stages(struct bg_watch *w)
{
	BG_CLEANUP(bg_freep) char *failed = NULL, *reason = NULL, *out = NULL;
	struct bg_trial o;

	if (w->run->job->until == BG_REGRESS_CLOSURE) {
		set_text(w, "status", "changed");
		return;
	}
	if (w->run->job->out)
		out = bg_join(w->run->job->out, w->group->spec->name);
	set_text(w, "work", "stages");
	bg_trial_of(w, w->target, out, &o);
	if (o.broken && bg_trial_before(w))
		bg_trial_compare(&o, bg_trial_before(w));
	set_text(w, "status", o.broken ? "broken" : "compatible");
	set(w, "stages", json_incref(o.stages));
	set_figures(w, o.figures);
	if (o.broken) {
		const char *why = bg_first_error(o.said);

		failed = failed_stages(o.stages);
		reason = bg_printf("%s failed%s%s", failed, why ? ": " : "", why ? why : "");
		set_text(w, "reason", reason);
	}
	bg_diags_move(w->said, o.said);
	bg_trial_done(&o);
}

static bool is_bad(const char *status)
{
	return !bg_streq(status, "unchanged") && !bg_streq(status, "compatible") && !bg_streq(status, "changed") &&
	       !bg_streq(status, "unknown") && !bg_streq(status, "appeared");
}

static void judge_text(struct bg_watch *w, const struct bg_look *l)
{
	json_t *closure = bg_lock_closure(l->report), *changes = bg_changes_between(w->closure, closure);

	json_decref(closure);
	if (!json_array_size(changes)) {
		set_text(w, "status", "unchanged");
		json_decref(changes);
		return;
	}
	bg_watch_look_back(w);
	bg_changes_explain(w, changes, w->base, w->report, w->target, l->report);
	set(w, "changes", changes);
	judge_stages(w);
}

static enum bg_exit judge(struct bg_watch *w)
{
	enum bg_exit code = BG_EXIT_OK;
	struct bg_look l;
	const char *status;

	set_text(w, "status", "unchanged");
	set_text(w, "work", "commits");
	if (bg_streq(w->base, w->target))
		return BG_EXIT_OK;
	set_text(w, "work", "files");
	if (w->files && bg_history_has(&w->up->h, w->base) && bg_watch_untouched(w, w->files, w->base, w->target))
		return BG_EXIT_OK;
	set_text(w, "work", "declarations");
	bg_watch_look(w, w->target, &l);
	if (l.report && w->absent) {
		set_text(w, "status", "appeared");
		set_text(w, "reason", "there is no such unit at the begin of the range");
	} else if (l.report) {
		judge_text(w, &l);
	} else if (l.code == BG_EXIT_USAGE) {
		judge_gone(w);
	} else if (l.code == BG_EXIT_UPSTREAM) {
		set_text(w, "status", "broken");
		set_text(w, "reason", bg_first_error(l.said));
	} else {
		set_text(w, "status", "unknown");
		set_text(w, "reason", bg_first_error(l.said));
		code = l.code;
	}
	status = json_string_value(json_object_get(w->row, "status"));
	if (w->run->job->bisect && !w->absent && !bg_streq(status, "unchanged") && !bg_streq(status, "unknown"))
		set(w, "bisect", bg_walk_bisect(w, json_object_get(l.report, "files"), is_bad(status)));
	if (!l.report)
		bg_diags_move(w->said, l.said);
	bg_look_done(&l);
	return code;
}

/* --- how bad it is */

static enum bg_severity severity_of(const struct bg_watch *w, const char *status)
{
	const char *on_change = json_string_value(json_object_get(w->row, "on_change"));
	enum bg_regress_fail fail = w->run->job->fail_on;

	if (fail == BG_REGRESS_FAIL_CHANGED || (fail == BG_REGRESS_FAIL_BROKEN && is_bad(status)))
		return BG_ERROR;
	return bg_streq(on_change, "fail") ? BG_ERROR : bg_streq(on_change, "accept") ? BG_NOTE : BG_WARNING;
}

static char *by_whom(const struct bg_watch *w)
{
	const json_t *bisect = json_object_get(w->row, "bisect"), *c = json_object_get(bisect, "broke");

	if (!json_is_object(c))
		c = json_object_get(bisect, "changed");
	if (!json_is_object(c))
		return bg_strdup("");
	return bg_printf(", by %.12s (%s)", json_string_value(json_object_get(c, "commit")),
			 json_string_value(json_object_get(c, "subject")));
}

/* Says it once at the spec's line, and where upstream changed. true: it is a failure. */
static bool announce(struct bg_watch *w)
{
	static const char *const names[] = { [BG_ERROR] = "error", [BG_WARNING] = "warning", [BG_NOTE] = "note" };
	const char *status = json_string_value(json_object_get(w->row, "status")),
		   *reason = json_string_value(json_object_get(w->row, "reason"));
	size_t n = json_array_size(json_object_get(w->row, "changes"));
	BG_CLEANUP(bg_freep) char *whom = by_whom(w);
	enum bg_severity sev = severity_of(w, status);

	if (bg_streq(status, "unchanged") || bg_streq(status, "unknown") || w->absent)
		return false;
	set_text(w, "severity", names[sev]);
	if (!is_bad(status))
		bg_diag(w->run->ds, sev, BG_ID_CHANGED, bg_watch_place(w),
			"upstream changed %zu piece%s of '%s' between %.12s and %.12s%s%s", n, n == 1 ? "" : "s",
			w->what->name, w->base, w->target, whom,
			bg_streq(status, "compatible") ? "; it still works" : "");
	else
		bg_diag(w->run->ds, sev, bg_streq(status, "broken") ? BG_ID_BROKEN : BG_ID_GONE, bg_watch_place(w),
			"upstream broke '%s' between %.12s and %.12s%s: %s", w->what->name, w->base, w->target, whom,
			reason ? reason : "it cannot be extracted");
	return sev == BG_ERROR;
}

/* --- one extract, one spec, all */

static json_t *about(const struct bg_watch *w, const char *commit)
{
	return commit && w->up->state == BG_EXIT_OK ? bg_history_about(&w->up->h, commit) : json_null();
}

static enum bg_exit watch(struct bg_watch *w, enum bg_exit begun)
{
	enum bg_exit code = begun;

	bg_progress("regress %s", w->what->name);
	set_text(w, "function", w->entry);
	set(w, "base", about(w, w->base));
	set(w, "target", about(w, w->target));
	if (begun == BG_EXIT_OK)
		code = judge(w);
	if (code == BG_EXIT_OK && w->run->job->each)
		set(w, "commits", bg_walk_each(w));
	if (begun == BG_EXIT_OK && announce(w))
		code = BG_EXIT_NO;
	set(w, "diagnostics", bg_diags_json(w->said));
	bg_progress_clear();
	return code;
}

/* Reads a spec and its lock. BG_EXIT_OK, or why not. */
static enum bg_exit open_group(struct bg_run *run, const char *path, struct bg_group *g)
{
	if (bg_spec_load(path, run->ds, &g->spec) || bg_lock_open(g->spec, run->ds, &g->lock))
		return BG_EXIT_USAGE;
	if (run->job->locked && !g->lock) {
		bg_diag(run->ds, BG_ERROR, BG_ID_LOCK_DIFFERS, BG_AT(g->spec->path, 1, 1), "the spec has no lock");
		return BG_EXIT_NO;
	}
	return BG_EXIT_OK;
}

/* Where the lock says otherwise the spec counts. The spec itself stays as it is written. */
static bool agrees(struct bg_run *run, const struct bg_group *g)
{
	BG_CLEANUP(bg_spec_freep) struct bg_spec *copy = NULL;

	if (!g->lock || bg_spec_load(g->spec->path, run->ds, &copy))
		return true;
	return bg_lock_apply(g->lock, copy, run->job->locked, run->ds);
}

static bool wanted(const struct bg_run *run, const struct bg_spec_extract *e)
{
	return !run->job->name || bg_streq(run->job->name, e->name);
}

static enum bg_exit watch_group(struct bg_run *run, struct bg_group *g)
{
	enum bg_exit worst = BG_EXIT_OK, *begun = bg_alloc((g->spec->extracts.n + 1) * sizeof(*begun));

	g->v = bg_alloc((g->spec->extracts.n + 1) * sizeof(*g->v));
	for (size_t i = 0; i < g->spec->extracts.n; i++) {
		struct bg_watch *w = &g->v[i];

		*w = (struct bg_watch){
			.run = run, .group = g, .what = &g->spec->extracts.v[i], .said = bg_diags_new()
		};
		w->row = empty_row(w);
	}
	/* all of them first: another one's function must be known where a chain needs its unit too */
	for (size_t i = 0; i < g->spec->extracts.n; i++)
		if (wanted(run, &g->spec->extracts.v[i]) || g->spec->composes.n)
			begun[i] = bg_watch_begin(&g->v[i]);
	for (size_t i = 0; i < g->spec->extracts.n; i++)
		if (wanted(run, &g->spec->extracts.v[i])) {
			worst = bg_exit_worst(worst, watch(&g->v[i], begun[i]));
			json_array_append(run->items, g->v[i].row);
		}
	for (size_t i = 0; i < g->spec->extracts.n; i++)
		bg_watch_done(&g->v[i]);
	free(begun);
	free(g->v);
	return worst;
}

static bool has_name(struct bg_run *run, const struct bg_spec *s)
{
	if (!run->job->name || bg_spec_extract(s, run->job->name))
		return true;
	bg_diag(run->ds, BG_ERROR, BG_ID_USAGE, BG_AT(s->path, 1, 1), "the spec has no extract '%s'", run->job->name);
	return false;
}

static enum bg_exit each_spec(struct bg_run *run, enum bg_exit (*do_it)(struct bg_run *run, struct bg_group *g))
{
	enum bg_exit worst = BG_EXIT_OK;

	for (size_t i = 0; i < run->job->specs->n; i++) {
		struct bg_group g = { 0 };
		enum bg_exit code = open_group(run, run->job->specs->v[i], &g);

		if (code == BG_EXIT_OK && !has_name(run, g.spec))
			code = BG_EXIT_USAGE;
		if (code == BG_EXIT_OK && !agrees(run, &g) && run->job->locked)
			code = BG_EXIT_NO;
		if (code == BG_EXIT_OK)
			code = do_it(run, &g);
		worst = bg_exit_worst(worst, code);
		bg_lock_free(g.lock);
		bg_spec_free(g.spec);
	}
	return worst;
}

static void count(const json_t *items, json_t *doc)
{
	json_t *n = json_object(), *row;
	size_t i;

	json_array_foreach ((json_t *)items, i, row) {
		const char *status = json_string_value(json_object_get(row, "status"));

		json_object_set_new(n, status, json_integer(json_integer_value(json_object_get(n, status)) + 1));
	}
	json_object_set_new(doc, "summary", n);
}

enum bg_exit bg_regress_run(const struct bg_regress_job *job, struct bg_diags *ds, json_t *doc)
{
	struct bg_run run = { .job = job, .ds = ds, .items = json_array() };
	enum bg_exit code = BG_EXIT_ENV;

	json_object_set(doc, "items", run.items);
	if (bg_tmpdir_make(&run.tmp)) {
		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_NOWHERE, "cannot make a temporary folder");
	} else {
		run.index = bg_join(run.tmp.path, "index.sqlite");
		code = each_spec(&run, watch_group);
	}
	count(run.items, doc);
	for (size_t i = 0; i < run.upstreams.n; i++) {
		bg_history_done(&run.upstreams.v[i]->h);
		free(run.upstreams.v[i]->url);
		free(run.upstreams.v[i]);
	}
	bg_vec_done(&run.upstreams);
	bg_tmpdir_done(&run.tmp);
	free(run.index);
	json_decref(run.items);
	return code;
}

static enum bg_exit list_group(struct bg_run *run, struct bg_group *g)
{
	for (size_t i = 0; i < g->spec->extracts.n; i++) {
		struct bg_watch w = { .run = run, .group = g, .what = &g->spec->extracts.v[i] };
		json_t *row, *one;

		if (!wanted(run, w.what))
			continue;
		row = empty_row(&w);
		one = json_object();
		for (const char *const *key = (const char *const[]){ "spec", "name", "repository", "at", NULL }; *key;
		     key++)
			json_object_set(one, *key, json_object_get(row, *key));
		json_array_append_new(run->items, one);
		json_decref(row);
	}
	return BG_EXIT_OK;
}

enum bg_exit bg_regress_list(const struct bg_regress_job *job, struct bg_diags *ds, json_t *doc)
{
	struct bg_run run = { .job = job, .ds = ds, .items = json_array() };

	json_object_set_new(doc, "include", run.items);
	return each_spec(&run, list_group);
}
