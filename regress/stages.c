// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Owns the question whether a unit that has changed still works: it runs the stages of the spec for what depends on it.
 * It refuses to blame upstream's change for what had failed before, and to call broken what could not be tried.
 */
#include "library/pipeline.h"
#include "library/results.h"
#include "regress/diag_ids.h"
#include "regress/watch.h"

static bool is_result(const struct bg_spec_member *m)
{
	return !m->object && !m->source;
}

static bool has_member(const struct bg_spec_compose *c, const struct bg_strv *names)
{
	for (size_t i = 0; i < c->chain.n; i++)
		if (is_result(&c->chain.v[i]) && bg_strv_has(names, c->chain.v[i].run))
			return true;
	return false;
}

/* The unit, what is made of it, and the chains that these are in. */
static void dependents(const struct bg_spec *s, const char *name, struct bg_strv *ret)
{
	size_t before;

	bg_strv_add(ret, name);
	do {
		before = ret->n;
		for (size_t i = 0; i < s->transforms.n; i++)
			if (s->transforms.v[i].unit && bg_strv_has(ret, s->transforms.v[i].unit) &&
			    !bg_strv_has(ret, s->transforms.v[i].name))
				bg_strv_add(ret, s->transforms.v[i].name);
	} while (ret->n > before);
	for (size_t i = 0; i < s->composes.n; i++)
		if (has_member(&s->composes.v[i], ret) && !bg_strv_has(ret, s->composes.v[i].name))
			bg_strv_add(ret, s->composes.v[i].name);
}

/* All that has to be made for the chains among them. */
static void inputs(const struct bg_spec *s, struct bg_strv *names)
{
	size_t before;

	for (size_t i = 0; i < s->composes.n; i++)
		for (size_t k = 0; bg_strv_has(names, s->composes.v[i].name) && k < s->composes.v[i].chain.n; k++)
			if (is_result(&s->composes.v[i].chain.v[k]) &&
			    !bg_strv_has(names, s->composes.v[i].chain.v[k].run))
				bg_strv_add(names, s->composes.v[i].chain.v[k].run);
	do {
		before = names->n;
		for (size_t i = 0; i < s->transforms.n; i++) {
			const struct bg_spec_transform *t = &s->transforms.v[i];

			if (bg_strv_has(names, t->name) && t->unit && !bg_strv_has(names, t->unit))
				bg_strv_add(names, t->unit);
		}
	} while (names->n > before);
}

static const char *result_of(const json_t *item)
{
	enum bg_exit code = (enum bg_exit)json_integer_value(json_object_get(item, "exit"));

	if (json_is_null(json_object_get(item, "exit")))
		return "skipped";
	return code == BG_EXIT_OK ? "passed" : code == BG_EXIT_ENV ? "unknown" : "failed";
}

static void add_row(struct bg_trial *o, const char *stage, const char *name, const char *result, const json_t *code)
{
	json_array_append_new(o->stages, json_pack("{s:s, s:s, s:s, s:O?}", "stage", stage, "name", name, "result",
						   result, "exit", code));
	o->broken = o->broken || bg_streq(result, "failed");
}

static const char *result_of_fact(const json_t *fact)
{
	return json_is_true(fact) ? "passed" : json_is_false(fact) ? "failed" : "unknown";
}

/* A unit that does not load where upstream's own object does not either is a good extract, and of no use. */
static void add_facts(struct bg_trial *o, const json_t *item, const char *name)
{
	const json_t *report = json_object_get(item, "report");
	bool by_harness;

	if (!json_is_object(report))
		return;
	add_row(o, "compile", name, result_of_fact(json_object_get(report, "compiles")), NULL);
	if (json_is_true(json_object_get(report, "compiles")))
		add_row(o, "load", name, result_of_fact(bg_results_loads(report, &by_harness)), NULL);
}

static void add_stages(struct bg_trial *o, const json_t *doc, const struct bg_strv *own)
{
	static const char *const stages[] = { "extract", "transform", "verify", "compose" };

	for (size_t k = 0; k < BG_ARRAY_SIZE(stages); k++) {
		json_t *item;
		size_t i;

		json_array_foreach (json_object_get(doc, stages[k]), i, item) {
			const char *name = json_string_value(json_object_get(item, "name"));

			if (!bg_strv_has(own, name))
				continue;
			add_row(o, stages[k], name, result_of(item), json_object_get(item, "exit"));
			if (!k)
				add_facts(o, item, name);
		}
	}
}

static json_t *figures_in(const json_t *doc, const char *name)
{
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(doc, "extract"), i, item)
		if (bg_streq(json_string_value(json_object_get(item, "name")), name))
			return bg_regress_figures(json_object_get(item, "report"));
	return json_object();
}

void bg_trial_of(struct bg_watch *w, const char *commit, const char *out, struct bg_trial *ret)
{
	static const unsigned steps[] = {
		[BG_REGRESS_EXTRACT] = BG_STEP_EXTRACT,
		[BG_REGRESS_TRANSFORM] = BG_STEP_EXTRACT | BG_STEP_TRANSFORM | BG_STEP_VERIFY,
		[BG_REGRESS_COMPOSE] = BG_STEP_EXTRACT | BG_STEP_TRANSFORM | BG_STEP_VERIFY | BG_STEP_PLAN,
	};
	BG_CLEANUP(bg_freep) char *dir = bg_join(w->run->tmp.path, "out");
	BG_CLEANUP(bg_spec_freep) struct bg_spec *s = NULL;
	BG_CLEANUP(bg_strv_done) struct bg_strv own = { 0 }, all = { 0 };
	json_t *doc = json_object();
	struct bg_pipeline_job job = { .doc = doc,
				       .only = &all,
				       .offline = true,
				       .goal = BG_GOAL_ALL,
				       .steps = steps[w->run->job->until],
				       .index = w->run->index };

	*ret = (struct bg_trial){ .stages = json_array(), .said = bg_diags_new() };
	bg_remove_tree(dir);
	s = w->run->job->until == BG_REGRESS_CLOSURE ? NULL : bg_watch_spec(w, commit, ret->said);
	if (s) {
		dependents(s, w->what->name, &own);
		bg_strv_extend(&all, &own);
		inputs(s, &all);
		job.spec = s;
		job.ds = ret->said;
		job.out = out ? out : dir;
		bg_pipeline_run(&job);
		add_stages(ret, doc, &own);
	}
	ret->figures = figures_in(doc, w->what->name);
	json_decref(doc);
}

static const char *result_before(const json_t *stages, const json_t *row)
{
	json_t *x;
	size_t i;

	json_array_foreach ((json_t *)stages, i, x)
		if (json_equal(json_object_get(x, "stage"), json_object_get(row, "stage")) &&
		    json_equal(json_object_get(x, "name"), json_object_get(row, "name")))
			return json_string_value(json_object_get(x, "result"));
	return NULL;
}

void bg_trial_compare(struct bg_trial *now, const struct bg_trial *before)
{
	json_t *row;
	size_t i;

	now->broken = false;
	json_array_foreach (now->stages, i, row) {
		const char *then = result_before(before->stages, row);

		if (!bg_streq(json_string_value(json_object_get(row, "result")), "failed"))
			continue;
		if (then && bg_starts(then, "failed"))
			json_object_set_new(row, "result", json_string("failed before"));
		else
			now->broken = true;
	}
}

const struct bg_trial *bg_trial_before(struct bg_watch *w)
{
	if (!w->before && bg_history_has(&w->up->h, w->base)) {
		w->before = bg_alloc(sizeof(*w->before));
		bg_trial_of(w, w->base, NULL, w->before);
	}
	return w->before;
}

void bg_trial_done(struct bg_trial *o)
{
	json_decref(o->stages);
	json_decref(o->figures);
	bg_diags_free(o->said);
}
