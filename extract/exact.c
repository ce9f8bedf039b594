// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/exact.h"

#include "core/compile.h"
#include "core/fs.h"
#include "core/log.h"
#include "core/parallel.h"
#include "extract/diag_ids.h"
#include "extract/objcmp.h"

/* What a trial, which ran in a process of its own, says in its first character; what differs, or why it failed,
 * follows. */
enum { TRIAL_SAME = 's', TRIAL_DIFFERS = 'd', TRIAL_FAILED = 'f' };

struct set { /* of candidates, by number */
	size_t *v, n, cap;
};

struct search {
	const struct bg_exact_job *job;
	BG_VEC(uint32_t) candidates; /* items, in the order in which they are to be preferred */
	BG_VEC(struct set) trials;   /* of the round */
	struct bg_str *said;	     /* by them */
	size_t tried;
	char *failure; /* why the search cannot go on */
};

/* --- candidates */

/* What clang makes code of, though nothing in the file refers to it; or what refers to functions without being one. */
static bool is_emitted(const struct bg_tu *f, const struct bg_f_decl *d)
{
	if (!d->is_def || (d->kind != BG_DECL_FUNCTION && d->kind != BG_DECL_VARIABLE) || (d->is_static && !d->section))
		return false;
	if (d->kind == BG_DECL_FUNCTION)
		return true;
	for (size_t i = 0; i < f->refs.n; i++) {
		const struct bg_f_decl *to = f->refs.v[i].from == d->item ? bg_tu_item_decl(f, f->refs.v[i].to) : NULL;

		if (to && to->kind == BG_DECL_FUNCTION)
			return true;
	}
	return false;
}

/* How many items the unit would have with this root more. */
static size_t cost_of(const struct bg_exact_job *job, uint32_t item)
{
	struct bg_closure c;
	size_t n;

	bg_closure_of(job->f, job->entry, &c);
	bg_closure_extend(job->f, &item, 1, &c);
	n = c.n_items;
	bg_closure_done(&c);
	return n;
}

/* Everything that could matter and is not in the unit; what adds little first, so that of two that suffice the smaller
 * is found. */
static void collect(struct search *s, const struct bg_closure *c)
{
	const struct bg_tu *f = s->job->f;
	BG_VEC(size_t) costs = { 0 };

	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];
		bool known = !is_emitted(f, d) || c->items[d->item].by;
		size_t cost, at;

		for (size_t k = 0; k < s->candidates.n && !known; k++)
			known = s->candidates.v[k] == d->item;
		if (known)
			continue;
		cost = cost_of(s->job, d->item);
		bg_vec_push(&s->candidates, 0);
		bg_vec_push(&costs, 0);
		for (at = s->candidates.n - 1; at > 0 && costs.v[at - 1] > cost; at--) {
			s->candidates.v[at] = s->candidates.v[at - 1];
			costs.v[at] = costs.v[at - 1];
		}
		s->candidates.v[at] = d->item;
		costs.v[at] = cost;
	}
	bg_vec_done(&costs);
}

/* --- one trial */

static void extend(const struct search *s, const struct set *with, struct bg_closure *c)
{
	BG_CLEANUP(bg_freep) uint32_t *items = bg_alloc((with->n + 1) * sizeof(*items));

	for (size_t i = 0; i < with->n; i++)
		items[i] = s->candidates.v[with->v[i]];
	bg_closure_extend(s->job->f, items, with->n, c);
}

static int write_unit(const struct search *s, const struct set *with, const char *path)
{
	struct bg_emit_counts counts;
	struct bg_str text = { 0 };
	struct bg_closure c;
	int err;

	bg_closure_of(s->job->f, s->job->entry, &c);
	extend(s, with, &c);
	bg_emit(s->job->f, &c, s->job->head, &text, &counts);
	if (s->job->harness)
		bg_str_add(&text, s->job->harness);
	err = bg_write_file(path, text.s, text.n);
	bg_str_done(&text);
	bg_closure_done(&c);
	return err;
}

static void compare(const struct search *s, const char *object, struct bg_str *out)
{
	BG_CLEANUP(bg_freep) char *maps = NULL, *types = NULL, *text = NULL;
	struct bg_objcmp cmp = { 0 };
	int err = bg_objcmp(s->job->upstream, object, s->job->judged, &cmp);

	if (!err && bg_objcmp_maps(s->job->upstream, object, &maps) < 0)
		err = -EINVAL;
	if (!err)
		err = bg_objcmp_types(s->job->upstream, object, &types);
	text = bg_objcmp_text(&cmp);
	if (err)
		bg_str_addf(out, "%cthe objects cannot be compared", TRIAL_FAILED);
	else if (!cmp.same || maps || types)
		bg_str_addf(out, "%c%s", TRIAL_DIFFERS, maps ? maps : types ? types : text);
	else
		bg_str_addc(out, TRIAL_SAME);
	bg_objcmp_done(&cmp);
}

static void try_with(void *ctx, size_t i, struct bg_str *out)
{
	const struct search *s = ctx;
	BG_CLEANUP(bg_freep)
	char *source = bg_printf("%s/%zu.bpf.c", s->job->tmp, i),
	     *object = bg_printf("%s/%zu.bpf.o", s->job->tmp, i);
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	int err = write_unit(s, &s->trials.v[i], source);

	if (!err)
		err = bg_compile(source, NULL, s->job->cflags, object, BG_ID_UNIT_ERROR, ds);
	if (err)
		bg_str_addf(out, "%c%s", TRIAL_FAILED,
			    bg_diags_count(ds) ? bg_diags_get(ds, 0)->message
					       : "the unit cannot be written or compiled");
	else
		compare(s, object, out);
}

static void progress(void *ctx, size_t done)
{
	const struct search *s = ctx;

	bg_progress("%s: looking for what makes its code the same, %zu compilations", s->job->entry->name,
		    s->tried + done);
}

static void forget_round(struct search *s)
{
	for (size_t i = 0; i < s->trials.n; i++) {
		bg_vec_done(&s->trials.v[i]);
		if (s->said)
			bg_str_done(&s->said[i]);
	}
	s->trials.n = 0;
	free(s->said);
	s->said = NULL;
}

static char verdict(const struct bg_str *said)
{
	return said->s ? said->s[0] : TRIAL_DIFFERS;
}

/* Makes the trials of the round; the first that is the same, or as many as there are when none is. */
static size_t make_trials(struct search *s)
{
	size_t first = 0;

	s->said = bg_alloc((s->trials.n + 1) * sizeof(*s->said));
	if (bg_parallel_run(&(struct bg_parallel){ .n = s->trials.n, .work = try_with, .progress = progress, .ctx = s },
			    s->said))
		s->failure = bg_strdup("the trials could not all be made");
	s->tried += s->trials.n;
	for (size_t i = 0; i < s->trials.n && !s->failure; i++)
		if (verdict(&s->said[i]) == TRIAL_FAILED)
			s->failure = bg_strdup(s->said[i].s + 1);
	while (!s->failure && first < s->trials.n && verdict(&s->said[first]) != TRIAL_SAME)
		first++;
	return s->failure ? s->trials.n : first;
}

/* --- the search */

/* Adds a trial: the members of from whose part, of so many, is this one; or those of all other parts. */
static void add_trial(struct search *s, const struct set *from, size_t part, size_t parts, bool others)
{
	struct set t = { 0 };

	for (size_t i = 0; i < from->n; i++)
		if ((i * parts / from->n == part) != others)
			bg_vec_push(&t, from->v[i]);
	bg_vec_push(&s->trials, t);
}

static void take(struct search *s, size_t trial, struct set *to)
{
	bg_vec_done(to);
	*to = s->trials.v[trial];
	s->trials.v[trial] = (struct set){ 0 };
}

/* Each part, or each part's complement; keeps the first with which the code is the same. */
static bool try_parts(struct search *s, struct set *keep, size_t parts, bool others)
{
	size_t hit;
	bool same;

	for (size_t i = 0; i < parts; i++)
		add_trial(s, keep, i, parts, others);
	hit = make_trials(s);
	same = hit < s->trials.n;
	if (same)
		take(s, hit, keep);
	forget_round(s);
	return same;
}

/* ddmin: one of the parts alone, else all but one of them, else finer parts, until each member is a part and none can
 * go. */
static void minimise(struct search *s, struct set *keep)
{
	size_t parts = 2;

	while (keep->n > 1 && !s->failure) {
		if (try_parts(s, keep, parts, false)) {
			parts = 2;
		} else if (parts > 2 && !s->failure &&
			   try_parts(s, keep, parts, true)) { /* of two parts each is the other's */
			parts--;
		} else if (parts < keep->n) {
			parts = 2 * parts < keep->n ? 2 * parts : keep->n;
		} else {
			return;
		}
	}
}

static json_t *root(const struct bg_tu *f, uint32_t item, const char *reason)
{
	const struct bg_f_decl *d = bg_tu_item_decl(f, item);
	struct bg_place p = bg_tu_place(f, d->off);
	BG_CLEANUP(bg_freep)
	char *name = bg_escape(d->name),
	     *path = bg_escape(p.path), *section = d->section ? bg_escape(d->section) : NULL;
	BG_CLEANUP(bg_freep) char *why = bg_escape(reason);

	return json_pack("{s:s, s:s, s:s, s:i, s:s?, s:s}", "symbol", name, "kind",
			 d->kind == BG_DECL_FUNCTION ? "function" : "variable", "file", path, "line", (int)p.line,
			 "section", section, "reason", why);
}

/* Each root with what would differ without it. */
static void explain(struct search *s, const struct set *keep, json_t *roots)
{
	for (size_t i = 0; i < keep->n; i++)
		add_trial(s, keep, i, keep->n, true);
	make_trials(s);
	for (size_t i = 0; i < keep->n && !s->failure; i++)
		json_array_append_new(roots, root(s->job->f, s->candidates.v[keep->v[i]], s->said[i].s + 1));
	forget_round(s);
}

/* The entry's own closure, and all candidates: whether there is something to look for. */
static bool is_worthwhile(struct search *s, struct set *all)
{
	size_t hit;

	for (size_t i = 0; i < s->candidates.n; i++)
		bg_vec_push(all, i);
	bg_vec_push(&s->trials, (struct set){ 0 });
	add_trial(s, all, 0, 1, false);
	hit = make_trials(s);
	if (hit == 2 && !s->failure)
		s->failure = bg_printf("even with all of upstream's %zu other functions and variables: %s", all->n,
				       s->said[1].s + 1);
	forget_round(s);
	return hit == 1;
}

bool bg_exact_restore(const struct bg_exact_job *job, struct bg_closure *c, struct bg_diags *ds, json_t **ret_report)
{
	struct search s = { .job = job };
	struct bg_place p = bg_tu_place(job->f, job->entry->off);
	json_t *roots = json_array();
	struct set keep = { 0 };
	bool restored;

	collect(&s, c);
	restored = is_worthwhile(&s, &keep);
	if (restored) {
		minimise(&s, &keep);
		explain(&s, &keep, roots);
		restored = !s.failure;
	}
	if (restored)
		extend(&s, &keep, c);
	else
		json_array_clear(roots);
	if (s.failure)
		bg_diag(ds, BG_NOTE, BG_ID_NOT_EXACT, BG_AT(p.path, p.line, p.col),
			"no more of upstream's code makes the unit of '%s' the same: %s", job->entry->name, s.failure);
	bg_progress_clear();
	*ret_report = json_pack("{s:I, s:o, s:s?}", "tried", (json_int_t)s.tried, "roots", roots, "failure", s.failure);
	bg_vec_done(&keep);
	bg_vec_done(&s.candidates);
	bg_vec_done(&s.trials);
	free(s.failure);
	return restored;
}
