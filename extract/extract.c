// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The stage from start to end: repository, facts, closure, questions, unit; then the proof (prove.c) and the evidence
 * (report.c). */
#include "extract/extract.h"

#include "core/fs.h"
#include "core/libclang.h"
#include "core/log.h"
#include "extract/buildmacros.h"
#include "extract/diag_ids.h"
#include "extract/hints.h"
#include "extract/licence.h"
#include "extract/memo.h"
#include "extract/questions.h"
#include "extract/extraction.h"
#include "extract/template.h"
#include "extract/units.h"
#include "extract/userspace.h"
#include "extract/writers.h"

#define MAX_ROUNDS 8                    /* of definitions that need definitions of other files */

void bg_extraction_worsen(struct bg_extraction *r, enum bg_exit e)
{
	if (r->outcome == BG_EXIT_OK)
		r->outcome = e;
}

static char *default_index(void)
{
	BG_CLEANUP(bg_freep) char *cache = bg_cache_dir();

	return cache ? bg_join(cache, "index.sqlite") : NULL;
}

static char *index_path(const struct bg_extraction *r)
{
	return r->job->index_path ? bg_strdup(r->job->index_path) : default_index();
}

/* Repository, flags, and the answers of the spec. */
static enum bg_exit read_upstream(struct bg_extraction *r)
{
	const struct bg_spec_extract *what = r->job->what;
	BG_CLEANUP(bg_freep) char *index = index_path(r);
	int err;

	if (index && !bg_exists(index))
		bg_libclang_preload(); /* nothing is known, so something will be parsed */
	err = bg_repo_open(r->job->repo, r->job->offline, r->ds, &r->repo);
	if (err)
		return err == -EINVAL ? BG_EXIT_USAGE : BG_EXIT_ENV;
	if (!bg_units_file_named(&r->repo, what->file, what->at, r->ds))
		return BG_EXIT_USAGE;
	err = bg_units_flags(&r->repo, r->job->repo, &what->cflags, what->file, r->ds, &r->flags);
	if (err)
		return err == -EINVAL ? BG_EXIT_USAGE : BG_EXIT_ENV;
	err = bg_template_source(&r->repo, what->file, &r->flags, r->ds, &r->source);
	if (err)
		return err == -EINVAL ? BG_EXIT_UPSTREAM : BG_EXIT_ENV;
	return bg_answers_given(&r->repo, what, r->ds, &r->answers) ? BG_EXIT_USAGE : BG_EXIT_OK;
}

static struct bg_answers_of answers_of(const struct bg_extraction *r, struct bg_index *ix)
{
	return (struct bg_answers_of){ .ix = ix, .repo = &r->repo, .main = r->source, .flags = &r->flags };
}

/* The facts of the source with the answers that there are. */
static enum bg_exit read_facts(struct bg_extraction *r, struct bg_index *ix, struct bg_diags *ds)
{
	struct bg_answers_of of = answers_of(r, ix);
	int err;

	err = bg_index_settle(ix, ds);
	if (err)
		return BG_EXIT_ENV;
	free(r->main);
	r->facts = bg_tu_free(r->facts);
	r->main = r->answers.n ? bg_answers_source(&of, &r->answers, ds) : bg_strdup(r->source);
	if (!r->main)
		return BG_EXIT_USAGE;
	bg_progress("%s: reading %s", r->job->what->name, r->job->what->file);
	err = bg_units_facts_early(ix, &r->repo, r->main, &r->flags, ds, &r->facts);
	if (err)
		return err == -EINVAL || err == -EACCES ? BG_EXIT_UPSTREAM : BG_EXIT_ENV;
	return BG_EXIT_OK;
}

/* Whether a declaration that is no definition stands in the source, and whether the unit has it. */
static void find_question(const struct bg_extraction *r, const char *name, bool *declared, bool *used)
{
	for (size_t k = 0; k < r->facts->decls.n; k++) {
		const struct bg_f_decl *d = &r->facts->decls.v[k];

		if (!bg_streq(d->name, name) || d->is_def)
			continue;
		*declared = true;
		*used = *used || r->closure.items[d->item].by;
	}
}

/* An answer that was given to no question is a mistake in the spec. */
static void check_answers(struct bg_extraction *r)
{
	for (size_t i = 0; i < r->answers.n; i++) {
		const struct bg_answer *a = &r->answers.v[i];
		bool declared = false, used = false;

		find_question(r, a->name, &declared, &used);
		if (!declared)
			bg_diag(r->ds, BG_WARNING, BG_ID_ASK_ANSWER, a->at,
				"'%s' was no question here, so the answer changes nothing", a->name);
		else if (!used)
			bg_diag(r->ds, BG_WARNING, BG_ID_ASK_ANSWER, a->at,
				"'%s' is declared, but the unit does not use it, so the answer changes nothing",
				a->name);
	}
}

/* A section name of upstream's own loader: the context tells the program type, or at least what is likely. */
static void assume_hook(struct bg_extraction *r)
{
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);

	r->ret->hook = bg_hook_by_context(r->entry->context, r->ds);
	if (r->ret->hook)
		bg_diag(r->ds, BG_NOTE, BG_ID_HOOK_ASSUMED, BG_AT(p.path, p.line, p.col),
			"section '%s' names no hook; by its context 'struct %s' the program is taken for one of hook "
			"'%s'",
			r->entry->section, r->entry->context, r->ret->hook->name);
}

static enum bg_exit find_entry(struct bg_extraction *r, struct bg_diags *ds)
{
	const struct bg_spec_extract *what = r->job->what;
	int decl = bg_units_function(r->facts, what->file, what->line, what->function, what->at, ds);

	bg_closure_done(&r->closure);
	if (decl < 0)
		return BG_EXIT_USAGE;
	r->entry = &r->facts->decls.v[decl];
	bg_closure_of(r->facts, r->entry, &r->closure);
	return BG_EXIT_OK;
}

/* What was found does not compile together with this source: it is not what upstream links. */
static enum bg_exit without_found(struct bg_extraction *r, struct bg_index *ix, const struct bg_diags *why)
{
	enum bg_exit e;

	for (size_t i = 0; i < r->answers.n; i++)
		if (r->answers.v[i].found)
			bg_diag(r->ds, BG_WARNING, BG_ID_NOT_TAKEN,
				BG_AT(r->answers.v[i].file, r->answers.v[i].line, 0),
				"this definition of '%s' does not compile together with %s: %s", r->answers.v[i].name,
				r->job->what->file,
				bg_diags_count(why) ? bg_diags_get(why, 0)->message
						    : "it needs another function than that of 'at'");
	bg_answers_drop_found(&r->answers);
	e = read_facts(r, ix, r->ds);
	return e == BG_EXIT_OK ? find_entry(r, r->ds) : e;
}

/*
 * The closure, with the one definition that the repository's BPF sources have of each name that is only declared; what
 * comes in with it can need others.
 */
static enum bg_exit close_over(struct bg_extraction *r, struct bg_index *ix)
{
	struct bg_answers_of of = answers_of(r, ix);
	size_t first = bg_diags_count(r->ds);
	enum bg_exit e = read_facts(r, ix, r->ds);

	if (e == BG_EXIT_UPSTREAM)
		bg_hints_give(&r->repo, r->job->what->file, &r->flags, first, r->ds);
	if (e == BG_EXIT_OK)
		e = find_entry(r, r->ds);
	for (unsigned round = 0; e == BG_EXIT_OK && round < MAX_ROUNDS; round++) {
		BG_CLEANUP(bg_diags_freep) struct bg_diags *own = bg_diags_new(), *taken = bg_diags_new();

		if (!bg_answers_find(&of, r->facts, &r->closure, &r->answers, taken))
			break;
		if (read_facts(r, ix, own) != BG_EXIT_OK || find_entry(r, own) != BG_EXIT_OK) {
			e = without_found(r, ix, own);
			break;
		}
		bg_diags_move(r->ds, taken);
		bg_diags_move(r->ds, own);
	}
	if (e == BG_EXIT_OK) {
		r->unanswered = bg_questions_ask(&of, r->facts, &r->closure, r->ds, r->questions);
		check_answers(r);
	}
	return e;
}

static enum bg_exit open_index(struct bg_extraction *r)
{
	BG_CLEANUP(bg_freep) char *path = index_path(r);

	return path && bg_index_open(path, r->ds, &r->index) == 0 ? BG_EXIT_OK : BG_EXIT_ENV;
}

/* What the unit is, as the facts say. */
static enum bg_exit identify(struct bg_extraction *r)
{
	enum bg_exit e = close_over(r, r->index);

	if (e != BG_EXIT_OK)
		return e;
	r->reference = bg_strdup(r->main);
	r->ret->entry = bg_strdup(r->entry->name);
	r->ret->hook = r->entry->section ? bg_hook_by_section(r->entry->section, r->ds) : NULL;
	if (r->entry->section && strcmp(r->entry->section, ".text") && !r->ret->hook && r->entry->context)
		assume_hook(r);
	bg_units_own_flags(&r->flags, &r->ret->cflags);
	return BG_EXIT_OK;
}

struct bg_emit_head bg_extraction_head(const struct bg_extraction *r)
{
	return (struct bg_emit_head){ .entry = r->entry->name,
				      .repository = r->repo.in_place ? bg_basename(r->repo.root) : r->repo.url,
				      .revision = r->repo.commit };
}

enum bg_exit bg_extraction_write_unit(struct bg_extraction *r)
{
	struct bg_emit_head head = bg_extraction_head(r);
	struct bg_str text = { 0 };
	int err = bg_mkdirs(r->job->dir);

	bg_emit_pieces(r->facts, &r->pieces, &head, &text, &r->counts);
	if (!err)
		err = bg_write_file(r->ret->source, text.s, text.n);
	bg_str_done(&text);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(r->ds, BG_ERROR, BG_ID_FILE, BG_AT(r->ret->source, 0, 0), "cannot write the unit: %s", why);
		return BG_EXIT_ENV;
	}
	return BG_EXIT_OK;
}

bool bg_extraction_is_program(const struct bg_extraction *r)
{
	return r->entry->section && strcmp(r->entry->section, ".text");
}

/* A program that calls what is none. */
static void write_harness(struct bg_extraction *r)
{
	BG_CLEANUP(bg_freep) char *index = index_path(r), *why = NULL;
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	int err;

	err = r->unanswered
		      ? -ENOTSUP
		      : bg_harness_make(r->facts, r->entry, r->base, &r->ret->cflags, index, r->ds, &r->harness, &why);
	bg_diag(r->ds, BG_NOTE, BG_ID_NOT_A_PROGRAM, BG_AT(p.path, p.line, p.col),
		"'%s' has no section of a program type; the unit is to be included or linked%s%s", r->entry->name,
		err ? "" : ", as is done to run it by ", err ? "" : bg_basename(r->harness.file));
	if (!err || r->unanswered)
		return;
	bg_harness_done(&r->harness);
	if (why) {
		bg_diag(r->ds, BG_WARNING, BG_ID_NO_HARNESS, BG_AT(p.path, p.line, p.col),
			"no program can be generated that calls '%s': %s", r->entry->name, why);
		r->detail = bg_printf("the function is no program, and none can call it: %s", why);
	} else {
		bg_extraction_worsen(r, BG_EXIT_ENV);
	}
}

static enum bg_exit make_unit(struct bg_extraction *r)
{
	r->base = bg_join(r->job->dir, r->job->basename ? r->job->basename : r->entry->name);
	r->ret->source = bg_printf("%s.bpf.c", r->base);
	bg_pieces_collect(r->facts, &r->closure, &r->pieces);
	return bg_extraction_write_unit(r);
}

/* What is no part of the program but changes what it is or does. */
static void look_around(struct bg_extraction *r)
{
	const struct bg_build_macros_job job = {
		.f = r->facts, .c = &r->closure, .entry = r->entry, .main = r->main, .flags = &r->flags
	};
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	/* who names the very file has said which one is meant */
	struct bg_diags *to = bg_streq(p.path, r->job->what->file) ? r->aside : r->ds;

	if (!r->unanswered)
		bg_questions_namesakes(&r->repo, r->entry->name, p.path, to);
	r->user_space = bg_userspace_maps(&r->repo, r->facts, &r->closure, r->ds);
	r->build_macros = bg_build_macros(&job, r->ds);
}

/* The index has the unit; further processes, and who else reads the index, come only then. */
static void close_index(struct bg_extraction *r)
{
	if (r->index && bg_index_settle(r->index, r->ds))
		bg_extraction_worsen(r, BG_EXIT_ENV);
	r->index = bg_index_close(r->index);
}

static void finish(struct bg_extraction *r)
{
	close_index(r);
	bg_progress_clear();
	bg_harness_done(&r->harness);
	free(r->reference);
	bg_closure_done(&r->closure);
	bg_vec_done(&r->pieces);
	json_decref(r->trials);
	json_decref(r->exact);
	json_decref(r->licence);
	bg_tu_free(r->facts);
	bg_strv_done(&r->flags);
	bg_repo_done(&r->repo);
	json_decref(r->questions);
	json_decref(r->user_space);
	json_decref(r->build_macros);
	json_decref(r->writers);
	free(r->source);
	bg_answers_done(&r->answers);
	free(r->main);
	free(r->base);
	free(r->detail);
	bg_diags_free(r->aside);
}

/* True when the licences of the sources clash, and nobody has said that this is known. */
static bool judge_licence(struct bg_extraction *r)
{
	const struct bg_licence_job job = { .f = r->facts,
					    .c = &r->closure,
					    .root = r->repo.root,
					    .accept = &r->job->what->accept,
					    .is_program = bg_extraction_is_program(r) };
	bool asked;

	r->licence = bg_licence_judge(&job, r->ds, r->questions, &asked);
	if (!r->licence)
		bg_extraction_worsen(r, BG_EXIT_ENV);
	return asked;
}

enum bg_exit bg_extract_run(const struct bg_extract_job *job, struct bg_diags *ds, struct bg_extract_result *ret)
{
	struct bg_extraction r = {
		.job = job, .ds = ds, .ret = ret, .loads = -1, .upstream_loads = -1, .questions = json_array(),
		.aside = bg_diags_new()
	};
	size_t first_diag = bg_diags_count(ds), about_unit;
	enum bg_exit e;

	*ret = (struct bg_extract_result){ 0 };
	e = read_upstream(&r);
	if (e == BG_EXIT_OK)
		e = open_index(&r);
	bg_libclang_help();
	about_unit = bg_diags_count(ds);
	if (e == BG_EXIT_OK && bg_memo_recall(&r)) {
		finish(&r);
		return BG_EXIT_OK;
	}
	if (e == BG_EXIT_OK)
		e = identify(&r);
	if (e == BG_EXIT_OK)
		e = make_unit(&r);
	if (e != BG_EXIT_OK) {
		finish(&r);
		return e;
	}
	if (job->verify || !bg_extraction_is_program(&r))
		close_index(&r);
	if (!bg_extraction_is_program(&r))
		write_harness(&r);
	if (job->verify) {
		bg_extraction_prove_begin(&r);
		look_around(&r);
		bg_extraction_prove(&r);
		r.writers = bg_writers(r.facts, &r.closure, ds); /* of the unit as it is now */
	}
	if (judge_licence(&r) || r.unanswered)
		bg_extraction_worsen(&r, BG_EXIT_ASK);
	bg_extraction_write_evidence(&r, first_diag);
	if (r.index)
		bg_memo_keep(&r, about_unit);
	finish(&r);
	return r.outcome;
}

void bg_extract_result_done(struct bg_extract_result *r)
{
	free(r->source);
	free(r->object);
	free(r->entry);
	bg_strv_done(&r->cflags);
	json_decref(r->report);
	*r = (struct bg_extract_result){ 0 };
}
