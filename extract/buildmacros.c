// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/buildmacros.h"

#include "core/log.h"
#include "core/parallel.h"
#include "extract/diag_ids.h"
#include "extract/lex.h"
#include "extract/scan.h"
#include "extract/units.h"

#define MAX_TRIALS 4
#define MAX_NOTES 3
#define MAX_NAMES 3                     /* that a note lists */

struct tested {
	char *name;
	char *flag;                     /* that gives the other answer */
	uint32_t off;                   /* of the first condition that tests it */
};

struct work {
	const struct bg_build_macros_job *job;
	BG_VEC(struct tested) macros;
	struct bg_strv kept;            /* declarations of the unit, sorted */
};

/*
 * What a trial, which runs in a process of its own, says: one line per declaration that only one side has, or why there
 * is none.
 */
enum { TRIAL_ADDED = '+', TRIAL_REMOVED = '-', TRIAL_ERROR = '!' };

/* --- which */

enum origin { FROM_SOURCE, FROM_BUILD, FROM_NOWHERE };

static enum origin origin_of(const struct bg_tu *f, const char *name)
{
	enum origin o = FROM_NOWHERE;

	for (size_t i = 0; i < f->macros.n; i++) {
		const struct bg_f_macro *m = &f->macros.v[i];

		if (!m->is_def || strcmp(m->name, name))
			continue;
		if (m->s)
			return FROM_SOURCE;
		o = FROM_BUILD;
	}
	return o;
}

/* Names that begin so belong to compiler and C library, not to a build (C11 7.1.3). */
static bool is_reserved(const char *name)
{
	return name[0] == '_' && (name[1] == '_' || (name[1] >= 'A' && name[1] <= 'Z'));
}

static void add_tested(struct work *w, const char *s, size_t n, uint32_t off)
{
	BG_CLEANUP(bg_freep) char *name = bg_strndup(s, n);
	enum origin o = is_reserved(name) ? FROM_SOURCE : origin_of(w->job->f, name);

	for (size_t i = 0; i < w->macros.n; i++)
		if (strcmp(w->macros.v[i].name, name) == 0)
			return;
	if (o == FROM_SOURCE)
		return;
	bg_vec_push(&w->macros, (struct tested){ .name = bg_strdup(name),
						 .flag = bg_printf("-%c%s", o == FROM_BUILD ? 'U' : 'D', name),
						 .off = off });
}

/* Names of a condition; those of calls, and what is passed to them, are none that a build defines. */
static void from_condition(struct work *w, const struct bg_dir *d)
{
	BG_CLEANUP(bg_freep) char *rest = bg_dir_rest(w->job->f->text, d);
	struct bg_lexed lx = { 0 };
	int call = 0;

	bg_lex(rest, 0, (uint32_t)strlen(rest), &lx);
	for (size_t i = 0; i < lx.toks.n; i++) {
		const struct bg_tok *t = &lx.toks.v[i];
		size_t n = t->e - t->s;
		bool opens = i + 1 < lx.toks.n && rest[lx.toks.v[i + 1].s] == '(';

		if (call) {
			call += rest[t->s] == '(';
			call -= rest[t->s] == ')';
			call = call == 1 && rest[t->s] == ')' ? 0 : call;
		} else if (t->kind == BG_TOK_IDENT && n == 7 && memcmp(rest + t->s, "defined", 7) == 0) {
			continue;
		} else if (t->kind == BG_TOK_IDENT && opens) {
			call = 1;
		} else if (t->kind == BG_TOK_IDENT) {
			add_tested(w, rest + t->s, n, d->s);
		}
	}
	bg_lexed_done(&lx);
}

static void find_tested(struct work *w)
{
	const struct bg_tu *f = w->job->f;

	for (size_t i = 0; i < f->items.n; i++) {
		struct bg_lexed lx = { 0 };

		if (!bg_closure_whole(w->job->c, (uint32_t)i))
			continue;
		bg_lex_dirs(f->text, f->items.v[i].s, f->items.v[i].e, &lx);
		for (size_t k = 0; k < lx.dirs.n; k++) {
			enum bg_dir_kind kind = lx.dirs.v[k].kind;

			if (kind == BG_DIR_IF || kind == BG_DIR_ELIF || kind == BG_DIR_IFDEF || kind == BG_DIR_ELIFDEF)
				from_condition(w, &lx.dirs.v[k]);
		}
		bg_lexed_done(&lx);
	}
}

/* --- what they change */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every declaration of a unit, by its name and place: flags change offsets, but no lines. */
static void list_kept(const struct bg_tu *f, const struct bg_closure *c, struct bg_strv *ret)
{
	for (size_t i = 0; i < f->items.n; i++) {
		const struct bg_f_decl *d = bg_tu_item_decl(f, (uint32_t)i);
		struct bg_place p = bg_tu_place(f, f->items.v[i].s);

		if (c->items[i].by)
			bg_strv_addf(ret, "%s %s:%u:%u", d && *d->name ? d->name : "(anonymous)", p.path, p.line,
				     p.col);
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_text);
}

static void say_difference(const struct bg_strv *old, const struct bg_strv *new, struct bg_str *out)
{
	for (size_t i = 0, k = 0; i < old->n || k < new->n;) {
		int order = i == old->n ? 1 : k == new->n ? -1 : strcmp(old->v[i], new->v[k]);

		if (order)
			bg_str_addf(out, "%c%s\n", order < 0 ? TRIAL_REMOVED : TRIAL_ADDED,
				    order < 0 ? old->v[i] : new->v[k]);
		i += order <= 0;
		k += order >= 0;
	}
}

static void say_error(const struct bg_diags *ds, struct bg_str *out)
{
	for (size_t i = 0; i < bg_diags_count(ds); i++) {
		const struct bg_diag *d = bg_diags_get(ds, i);

		if (d->severity == BG_ERROR) {
			bg_str_addf(out, "%cit does not compile: %s%s%s", TRIAL_ERROR, d->path ? d->path : "",
				    d->path ? ": " : "", d->message);
			return;
		}
	}
	bg_str_addf(out, "%cit does not compile", TRIAL_ERROR);
}

static void try(void *ctx, size_t i, struct bg_str *out)
{
	const struct work *w = ctx;
	const struct bg_build_macros_job *job = w->job;
	const char *file = bg_tu_place(job->f, job->entry->off).path;
	struct bg_diags *ds = bg_diags_new();
	struct bg_strv flags = { 0 }, kept = { 0 };
	struct bg_closure c = { 0 };
	struct bg_tu *f = NULL;
	int decl;

	bg_strv_extend(&flags, job->flags);
	bg_strv_add(&flags, w->macros.v[i].flag);
	if (bg_scan(job->f->root, job->main, &flags, ds, &f)) {
		say_error(ds, out);
	} else if ((decl = bg_units_function(f, file, 0, job->entry->name, BG_NOWHERE, ds)) < 0) {
		bg_str_addf(out, "%cthere is no function '%s'", TRIAL_ERROR, job->entry->name);
	} else {
		bg_closure_of(f, &f->decls.v[decl], &c);
		list_kept(f, &c, &kept);
		say_difference(&w->kept, &kept, out);
		bg_closure_done(&c);
	}
	bg_tu_free(f);
	bg_strv_done(&flags);
	bg_strv_done(&kept);
	bg_diags_free(ds);
}

/* --- report */

struct outcome {
	size_t added, removed;
	struct bg_str names;            /* of the first that are added */
	const char *error;              /* NULL: none */
};

static void read_outcome(const struct bg_str *said, struct outcome *ret)
{
	*ret = (struct outcome){ 0 };
	if (said->n && said->s[0] == TRIAL_ERROR) {
		ret->error = said->s + 1;
		return;
	}
	for (const char *line = said->s; line && *line; line = strchrnul(line, '\n') + 1) {
		size_t n = strcspn(line, " ");

		if (*line == TRIAL_ADDED && ret->added < MAX_NAMES)
			bg_str_addf(&ret->names, "%s%.*s", ret->added ? ", " : "", (int)n - 1, line + 1);
		ret->added += *line == TRIAL_ADDED;
		ret->removed += *line == TRIAL_REMOVED;
	}
}

static void note_outcome(const struct work *w, const struct tested *t, const struct outcome *o, struct bg_diags *ds)
{
	struct bg_place p = bg_tu_place(w->job->f, t->off);
	struct bg_str text = { 0 };

	if (o->error)
		bg_str_add(&text, o->error);
	if (o->added)
		bg_str_addf(&text, "%zu more declaration%s (%s%s)", o->added, o->added == 1 ? "" : "s", o->names.s,
			    o->added > MAX_NAMES ? ", ..." : "");
	if (o->removed)
		bg_str_addf(&text, "%s%zu fewer", o->added ? ", " : "", o->removed);
	bg_diag(ds, BG_NOTE, BG_ID_BUILD_MACRO, BG_AT(p.path, p.line, p.col), "'%s' is tested in the unit; with %s %s",
		t->name, t->flag, text.s);
	bg_str_done(&text);
}

static json_t *entry(const struct work *w, const struct tested *t, const struct outcome *o)
{
	struct bg_place p = bg_tu_place(w->job->f, t->off);
	bool known = o && !o->error;
	BG_CLEANUP(bg_freep) char *file = bg_escape(p.path), *error = bg_escape(o && o->error ? o->error : "");

	return json_pack("{s:s, s:s, s:i, s:s, s:o, s:o, s:s?}", "macro", t->name, "file", file, "line", (int)p.line,
			 "flag", t->flag, "added", known ? json_integer((json_int_t)o->added) : json_null(), "removed",
			 known ? json_integer((json_int_t)o->removed) : json_null(), "error", *error ? error : NULL);
}

static json_t *report(const struct work *w, const struct bg_str *said, size_t tried, struct bg_diags *ds)
{
	json_t *all = json_array();
	size_t noted = 0, unnoted = 0;

	for (size_t i = 0; i < w->macros.n; i++) {
		struct outcome o;

		if (i >= tried) {
			json_array_append_new(all, entry(w, &w->macros.v[i], NULL));
			continue;
		}
		read_outcome(&said[i], &o);
		json_array_append_new(all, entry(w, &w->macros.v[i], &o));
		if ((o.error || o.added || o.removed) && noted < MAX_NOTES) {
			note_outcome(w, &w->macros.v[i], &o, ds);
			noted++;
		} else {
			unnoted += o.error || o.added || o.removed;
		}
		bg_str_done(&o.names);
	}
	if (unnoted || w->macros.n > tried)
		bg_diag(ds, BG_NOTE, BG_ID_BUILD_MACRO, BG_NOWHERE,
			"the unit tests other macros that only the build defines: %zu change it, %zu were not tried; "
			"extract.json lists them",
			unnoted, w->macros.n - tried);
	return all;
}

json_t *bg_build_macros(const struct bg_build_macros_job *job, struct bg_diags *ds)
{
	struct work w = { .job = job };
	struct bg_str said[MAX_TRIALS] = { 0 };
	size_t tried;
	json_t *all;

	find_tested(&w);
	list_kept(job->f, job->c, &w.kept);
	tried = w.macros.n < MAX_TRIALS ? w.macros.n : MAX_TRIALS;
	if (tried)
		bg_progress("trying the macros of the build");
	if (bg_parallel_run(&(struct bg_parallel){ .n = tried, .work = try, .ctx = &w }, said))
		for (size_t i = 0; i < tried; i++) { /* whose answer came and whose did not is not known */
			bg_str_done(&said[i]);
			bg_str_addf(&said[i], "%cthe trial broke off", TRIAL_ERROR);
		}
	all = report(&w, said, tried, ds);
	for (size_t i = 0; i < tried; i++)
		bg_str_done(&said[i]);
	for (size_t i = 0; i < w.macros.n; i++) {
		free(w.macros.v[i].name);
		free(w.macros.v[i].flag);
	}
	bg_vec_done(&w.macros);
	bg_strv_done(&w.kept);
	return all;
}
