// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The stage from start to end: repository, facts, closure, questions, unit, compilation, identity, load, evidence. */
#include "extract/extract.h"

#include <sys/utsname.h>

#include "core/compile.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"
#include "extract/buildmacros.h"
#include "extract/diag_ids.h"
#include "extract/emit.h"
#include "extract/evidence.h"
#include "extract/harness.h"
#include "extract/ladder.h"
#include "extract/minimal.h"
#include "extract/objcmp.h"
#include "extract/questions.h"
#include "extract/units.h"
#include "extract/userspace.h"

struct run {
	const struct bg_extract_job *job;
	struct bg_diags *ds;
	struct bg_extract_result *ret;
	struct bg_repo repo;
	struct bg_strv flags;           /* of the translation unit */
	char *main;                     /* the file that is parsed: what->file, or the answered source */
	struct bg_tu *facts;
	struct bg_closure closure;
	struct bg_pieces pieces;        /* of the unit */
	struct bg_emit_counts counts;
	enum bg_minimality minimality;
	json_t *trials;                 /* report of bg_minimal_prove(), NULL: not asked for, or not come to it */
	const struct bg_f_decl *entry;
	char *base;                     /* DIR/BASENAME, without extension */
	struct bg_harness harness;      /* of a function that is no program; file NULL: there is none */
	char *reference;                /* what the unit is compared with: upstream's main file, or the harness around it */
	json_t *questions, *user_space, *build_macros;  /* the last two NULL: not looked for */
	size_t unanswered;
	bool compiles, upstream_compiles, compared;
	enum bg_level level;            /* of identity, when compared */
	int loads, upstream_loads;      /* 1 yes, 0 no, -1 not tried */
	size_t instructions;
	char *detail;
	enum bg_exit outcome;
};

static void worsen(struct run *r, enum bg_exit e)
{
	if (r->outcome == BG_EXIT_OK)
		r->outcome = e;
}

static char *default_index(void)
{
	BG_CLEANUP(bg_freep) char *cache = bg_cache_dir();

	return cache ? bg_join(cache, "index.sqlite") : NULL;
}

static char *index_path(const struct run *r)
{
	return r->job->index_path ? bg_strdup(r->job->index_path) : default_index();
}

/* Repository, flags and facts. */
static enum bg_exit read_upstream(struct run *r)
{
	const struct bg_spec_extract *what = r->job->what;
	BG_CLEANUP(bg_freep) char *path = index_path(r);
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	int err = bg_repo_open(r->job->repo, r->job->offline, r->ds, &r->repo);

	if (err)
		return err == -EINVAL ? BG_EXIT_USAGE : BG_EXIT_ENV;
	if (!bg_units_file_ok(&r->repo, what->file)) {
		bg_diag(r->ds, BG_ERROR, BG_ID_NO_FILE, what->at, "the repository has no file '%s'", what->file);
		return BG_EXIT_USAGE;
	}
	err = bg_units_flags(&r->repo, r->job->repo, &what->cflags, what->file, r->ds, &r->flags);
	if (err)
		return err == -EINVAL ? BG_EXIT_USAGE : BG_EXIT_ENV;
	r->main = what->resolve.n ? bg_questions_answered(&r->repo, what->file, what, r->ds) : bg_strdup(what->file);
	if (!r->main)
		return BG_EXIT_USAGE;
	r->reference = bg_strdup(r->main);
	if (!path || bg_index_open(path, r->ds, &ix))
		return BG_EXIT_ENV;
	bg_progress("%s: reading %s", what->name, what->file);
	err = bg_units_facts(ix, &r->repo, r->main, &r->flags, r->ds, &r->facts);
	if (err)
		return err == -EINVAL || err == -EACCES ? BG_EXIT_UPSTREAM : BG_EXIT_ENV;
	return BG_EXIT_OK;
}

/* An answer that was given to no question is a mistake in the spec. */
static void check_answers(struct run *r)
{
	const struct bg_spec_extract *what = r->job->what;

	for (size_t i = 0; i < what->resolve.n; i++) {
		bool declared = false;

		for (size_t k = 0; k < r->facts->decls.n && !declared; k++) {
			const struct bg_f_decl *d = &r->facts->decls.v[k];

			declared = bg_streq(d->name, what->resolve.v[i].name) && !d->is_def;
		}
		if (!declared)
			bg_diag(r->ds, BG_WARNING, BG_ID_ASK_ANSWER, what->resolve.v[i].at, "'%s' was no question here, so the answer changes nothing",
				what->resolve.v[i].name);
	}
}

/* A section name of upstream's own loader: the context tells the program type, or at least what is likely. */
static void assume_hook(struct run *r)
{
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);

	r->ret->hook = bg_hook_by_context(r->entry->context, r->ds);
	if (r->ret->hook)
		bg_diag(r->ds, BG_NOTE, BG_ID_HOOK_ASSUMED, BG_AT(p.path, p.line, p.col),
			"section '%s' names no hook; by its context 'struct %s' the program is taken for one of hook '%s'", r->entry->section,
			r->entry->context, r->ret->hook->name);
}

/* A definition has the section of an earlier declaration, as BPF_PROG writes them: SEC("x") int f(ctx); ... int f(ctx) { }. */
static void inherit_section(const struct bg_tu *f, struct bg_f_decl *definition)
{
	for (size_t i = 0; i < f->decls.n && !definition->section; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];

		if (d->kind == BG_DECL_FUNCTION && d->section && bg_streq(d->usr, definition->usr))
			definition->section = bg_strdup(d->section);
	}
}

static enum bg_exit close_over(struct run *r)
{
	const struct bg_spec_extract *what = r->job->what;
	int decl = bg_units_function(r->facts, what->file, what->line, what->function, what->at, r->ds);

	if (decl < 0)
		return BG_EXIT_USAGE;
	inherit_section(r->facts, &r->facts->decls.v[decl]);
	r->entry = &r->facts->decls.v[decl];
	bg_closure_of(r->facts, r->entry, &r->closure);
	r->unanswered = bg_questions_ask(r->facts, &r->closure, &r->repo, r->ds, r->questions);
	check_answers(r);
	r->ret->entry = bg_strdup(r->entry->name);
	r->ret->hook = r->entry->section ? bg_hook_by_section(r->entry->section, r->ds) : NULL;
	if (r->entry->section && strcmp(r->entry->section, ".text") && !r->ret->hook && r->entry->context)
		assume_hook(r);
	bg_units_own_flags(&r->flags, &r->ret->cflags);
	return BG_EXIT_OK;
}

static struct bg_emit_head emit_head(const struct run *r)
{
	return (struct bg_emit_head){ .entry = r->entry->name, .repository = r->repo.in_place ? bg_basename(r->repo.root) : r->repo.url,
				      .revision = r->repo.commit };
}

static enum bg_exit write_unit(struct run *r)
{
	struct bg_emit_head head = emit_head(r);
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

static bool is_program(const struct bg_f_decl *d)
{
	return d->section && strcmp(d->section, ".text");
}

/* A program that calls what is none. */
static void write_harness(struct run *r)
{
	BG_CLEANUP(bg_freep) char *index = index_path(r), *why = NULL;
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	int err;

	err = r->unanswered ? -ENOTSUP : bg_harness_make(r->facts, r->entry, r->base, &r->ret->cflags, index, r->ds, &r->harness, &why);
	bg_diag(r->ds, BG_NOTE, BG_ID_NOT_A_PROGRAM, BG_AT(p.path, p.line, p.col),
		"'%s' has no section of a program type; the unit is to be included or linked%s%s", r->entry->name,
		err ? "" : ", as is done to run it by ", err ? "" : bg_basename(r->harness.file));
	if (!err || r->unanswered)
		return;
	bg_harness_done(&r->harness);
	if (why) {
		bg_diag(r->ds, BG_WARNING, BG_ID_NO_HARNESS, BG_AT(p.path, p.line, p.col), "no program can be generated that calls '%s': %s",
			r->entry->name, why);
		r->detail = bg_printf("the function is no program, and none can call it: %s", why);
	} else {
		worsen(r, BG_EXIT_ENV);
	}
}

static enum bg_exit make_unit(struct run *r)
{
	r->base = bg_join(r->job->dir, r->job->basename ? r->job->basename : r->entry->name);
	r->ret->source = bg_printf("%s.bpf.c", r->base);
	bg_emit_collect(r->facts, &r->closure, &r->pieces);
	return write_unit(r);
}

/* Upstream's own object, compiled as upstream would: from the repository's root. With open questions there is nothing to compare with. */
static void compile_upstream(struct run *r, const char *object)
{
	if (r->unanswered) {
		r->detail = bg_strdup("questions are open");
		return;
	}
	r->upstream_compiles = bg_compile(r->reference, r->repo.root, &r->flags, object, BG_ID_UPSTREAM_ERROR, r->ds) == 0;
	if (!r->upstream_compiles) {
		worsen(r, BG_EXIT_UPSTREAM);
		r->detail = bg_strdup("upstream's file does not compile");
	}
}

/* Compiles the unit; where clang refuses it, upstream's file tells whose fault that is. */
static void compile_unit(struct run *r, const struct bg_tmpdir *tmp)
{
	BG_CLEANUP(bg_freep) char *object = bg_printf("%s.bpf.o", r->base), *full = bg_join(tmp->path, "upstream.bpf.o");
	BG_CLEANUP(bg_diags_freep) struct bg_diags *unit = bg_diags_new();
	int err = bg_compile(r->ret->source, NULL, &r->ret->cflags, object, BG_ID_UNIT_ERROR, unit);

	r->compiles = !err;
	free(r->ret->object); /* of the unit before it was pruned */
	r->ret->object = err ? NULL : BG_TAKE(object);
	if (err == -EINVAL) {
		compile_upstream(r, full);
		if (!r->unanswered && !r->upstream_compiles)
			return;
	}
	bg_diags_move(r->ds, unit);
	if (err)
		worsen(r, err == -EINVAL ? BG_EXIT_NO : BG_EXIT_ENV);
}

static const char *compared_entry(const struct run *r)
{
	return r->harness.file ? r->harness.entry : r->entry->name;
}

/* Evidence and counts are those of the unit without what was left out. */
static void forget_left_out(struct run *r)
{
	static const enum bg_need needs[] = { [BG_PIECE_DEFINE] = BG_NEED_MACRO, [BG_PIECE_MACRO] = BG_NEED_MACRO, [BG_PIECE_INCLUDE] = BG_NEED_TOP,
					      [BG_PIECE_ITEM] = BG_NEED_ITEM };

	for (size_t i = 0; i < r->pieces.n; i++) {
		const struct bg_piece *p = &r->pieces.v[i];

		if (p->left_out && p->kind != BG_PIECE_STUBS && p->kind != BG_PIECE_FORWARD && p->kind != BG_PIECE_PRAGMA)
			bg_closure_drop(&r->closure, r->facts, needs[p->kind], p->index);
	}
}

/* Tries every removal; a unit from which something went is written and compiled anew, so that all that follows is about what remains. */
static void prove_minimal(struct run *r, const struct bg_tmpdir *tmp)
{
	BG_CLEANUP(bg_freep) char *harness = r->harness.file ? bg_harness_text(&r->harness) : NULL;
	struct bg_emit_head head = emit_head(r);
	const struct bg_minimal_job job = { .f = r->facts, .c = &r->closure, .pieces = &r->pieces, .head = &head, .cflags = &r->ret->cflags,
					    .entry = r->entry->name, .judged = compared_entry(r), .harness = harness,
					    .entry_item = r->entry->item, .tmp = tmp->path };
	enum bg_exit e;

	if (r->unanswered) {
		bg_diag(r->ds, BG_NOTE, BG_ID_NOT_PROVEN, BG_NOWHERE, "whether the unit of '%s' is minimal is not tried out while questions are open",
			r->entry->name);
		return;
	}
	r->minimality = bg_minimal_prove(&job, r->ds, &r->trials);
	if (r->minimality != BG_MINIMAL_PRUNED)
		return;
	forget_left_out(r);
	e = write_unit(r);
	if (e == BG_EXIT_OK)
		compile_unit(r, tmp);
	else
		worsen(r, e);
}

/* The optimiser saw a smaller module: whether it is the same program where that does not matter. */
static void climb(struct run *r, const struct bg_tmpdir *tmp)
{
	BG_CLEANUP(bg_freep) char *visible = r->harness.file ? bg_harness_symbols(&r->harness) : NULL;
	const struct bg_ladder l = { .root = r->repo.root, .main = r->reference, .flags = &r->flags,
				     .unit = r->harness.file ? r->harness.file : r->ret->source, .unit_flags = &r->ret->cflags,
				     .entry = compared_entry(r), .visible = visible, .tmp = tmp->path };
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	BG_CLEANUP(bg_freep) char *why = NULL, *both = NULL;

	r->level = bg_ladder_climb(&l, &why);
	if (r->level == BG_LEVEL_DIFFERS)
		return;
	both = bg_printf("%s; %s", r->detail, why);
	bg_diag(r->ds, BG_NOTE, BG_ID_EXPLAINED, BG_AT(p.path, p.line, p.col), "upstream's other code changes how clang optimises this: %s", both);
	free(r->detail);
	r->detail = BG_TAKE(both);
}

/* Same instructions, subprograms and maps as the whole upstream file? */
static void compare(struct run *r, const char *full, const struct bg_tmpdir *tmp)
{
	struct bg_objcmp cmp = { 0 };
	const char *object = r->harness.file ? r->harness.object : r->ret->object;
	int err = bg_objcmp(full, object, compared_entry(r), &cmp);
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	BG_CLEANUP(bg_freep) char *maps = NULL;

	if (err == -ENOENT) { /* an always_inline helper that no program can call has no code of its own */
		if (!r->detail)
			r->detail = bg_strdup("the function has no code of its own in upstream's object");
		bg_objcmp_done(&cmp);
		return;
	}
	free(r->detail);
	r->detail = NULL;
	r->compared = true;
	r->level = BG_LEVEL_DIFFERS;
	r->instructions = cmp.instructions;
	if (err) {
		r->detail = bg_strdup("an object cannot be read");
	} else if (bg_objcmp_maps(full, object, &maps) || maps) {
		r->detail = maps ? BG_TAKE(maps) : bg_strdup("the maps cannot be read");
	} else if (!cmp.same) {
		r->detail = bg_printf("function '%s', instruction %zu: %s; upstream: %s", cmp.function, cmp.instruction,
				      cmp.right ? cmp.right : "absent", cmp.left ? cmp.left : "absent");
		climb(r, tmp);
	} else {
		r->level = BG_LEVEL_SAME;
	}
	if (r->level == BG_LEVEL_DIFFERS) {
		bg_diag(r->ds, BG_ERROR, BG_ID_DIFFERS, BG_AT(p.path, p.line, p.col), "the unit is not the same program: %s", r->detail);
		worsen(r, BG_EXIT_NO);
	}
	bg_objcmp_done(&cmp);
}

static int try_load(struct run *r, const char *object, const char *log, struct bg_diags *ds)
{
	BG_CLEANUP(bg_object_closep) struct bpf_object *obj = NULL;
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	struct bg_load_opts o = { .hook = r->ret->hook, .log_path = log, .at = BG_AT(p.path, p.line, p.col) };
	struct bpf_program *prog;

	return bg_load(object, r->entry->name, &o, ds, &obj, &prog);
}

/* Loads the unit; where it does not, upstream's object tells whose fault that is. */
static void load(struct run *r, const char *full)
{
	BG_CLEANUP(bg_freep) char *log = bg_printf("%s.verifier.log", r->base);
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	BG_CLEANUP(bg_diags_freep) struct bg_diags *unit = bg_diags_new(), *upstream = bg_diags_new();
	int err;

	if (!is_program(r->entry) || r->unanswered)
		return;
	if (bg_load_allowed(r->ds)) {
		worsen(r, BG_EXIT_ENV);
		return;
	}
	err = try_load(r, r->ret->object, log, unit);
	r->loads = err == 0;
	if (!err) {
		r->upstream_loads = r->compared && r->level == BG_LEVEL_SAME ? 1 : -1; /* the same program and maps: no need to ask again */
		return;
	}
	r->upstream_loads = full ? try_load(r, full, log, upstream) == 0 : -1;
	for (size_t i = 0; i < bg_diags_count(unit); i++) {
		const struct bg_diag *d = bg_diags_get(unit, i);
		bool fault = r->upstream_loads != 0;

		bg_diag(r->ds, d->severity == BG_ERROR && !fault ? BG_WARNING : d->severity, d->id, BG_AT(d->path, d->line, d->col), "%s", d->message);
	}
	if (r->upstream_loads == 0) {
		bg_diag(r->ds, BG_WARNING, BG_ID_UPSTREAM_NOT_LOADED, BG_AT(p.path, p.line, p.col),
			"upstream's own object does not load here either, for the same program");
	} else {
		bg_diag(r->ds, BG_ERROR, BG_ID_NOT_LOADED, BG_AT(p.path, p.line, p.col), "the unit does not load");
		worsen(r, BG_EXIT_NO);
	}
}

/* A harness that the verifier refuses says nothing of the unit when it is the same program around upstream's file, or that is refused as well. */
static void judge_harness(struct run *r, const char *full)
{
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	struct bg_load_opts o = { .hook = r->harness.hook, .at = BG_AT(p.path, p.line, p.col) };
	BG_CLEANUP(bg_object_closep) struct bpf_object *obj = NULL;
	BG_CLEANUP(bg_diags_freep) struct bg_diags *upstream = bg_diags_new();
	struct bpf_program *prog;

	if (r->harness.loads || !r->upstream_compiles)
		return;
	if ((r->compared && r->level == BG_LEVEL_SAME) || bg_load(full, r->harness.entry, &o, upstream, &obj, &prog)) {
		bg_diag(r->ds, BG_WARNING, BG_ID_HARNESS_NOT_LOADED, o.at,
			"the generated program around '%s' does not load; neither does it around upstream's whole file", r->entry->name);
		return;
	}
	bg_diag(r->ds, BG_ERROR, BG_ID_NOT_LOADED, o.at, "the generated program around '%s' loads with upstream's whole file, but not with the unit",
		r->entry->name);
	worsen(r, BG_EXIT_NO);
}

/* The program around a helper: compiled, loaded, and written once more around upstream's file, to be compared with. */
static void prepare_harness(struct run *r, const struct bg_tmpdir *tmp)
{
	BG_CLEANUP(bg_freep) char *main = bg_join(r->repo.root, r->main), *path = bg_join(tmp->path, "reference.c");
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	int err = 0;

	if (is_program(r->entry) || r->unanswered)
		return;
	if (r->harness.file) {
		bool may_load = bg_load_allowed(r->ds) == 0;

		err = bg_harness_settle(&r->harness, &r->ret->cflags, may_load, BG_AT(p.path, p.line, p.col), r->ds);
		if (!may_load || (err && err != -EINVAL))
			worsen(r, BG_EXIT_ENV);
	}
	if (err) {
		r->detail = bg_strdup("the generated program around the function does not compile");
		bg_harness_done(&r->harness);
	}
	if (bg_harness_reference(&r->harness, main, path)) {
		bg_diag(r->ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the reference");
		worsen(r, BG_EXIT_ENV);
		return;
	}
	free(r->reference);
	r->reference = BG_TAKE(path);
}

static void verify(struct run *r)
{
	struct bg_tmpdir tmp = { 0 };
	BG_CLEANUP(bg_freep) char *full = NULL;

	if (bg_tmpdir_make(&tmp)) {
		bg_diag(r->ds, BG_ERROR, BG_ID_FILE, BG_NOWHERE, "cannot make a temporary folder");
		worsen(r, BG_EXIT_ENV);
		return;
	}
	full = bg_join(tmp.path, "upstream.bpf.o");
	compile_unit(r, &tmp);
	if (r->compiles && r->job->prove_minimal)
		prove_minimal(r, &tmp);
	if (r->compiles) {
		prepare_harness(r, &tmp);
		bg_progress("%s: comparing with upstream's object", r->job->what->name);
		compile_upstream(r, full);
		if (r->upstream_compiles)
			compare(r, full, &tmp);
		bg_progress("%s: loading", r->job->what->name);
		load(r, r->upstream_compiles ? full : NULL);
		if (r->harness.file)
			judge_harness(r, full);
	}
	bg_tmpdir_done(&tmp);
}

/* What is no part of the program but changes what it is or does. */
static void look_around(struct run *r)
{
	const struct bg_build_macros_job job = { .f = r->facts, .c = &r->closure, .entry = r->entry, .main = r->main, .flags = &r->flags };

	r->user_space = bg_userspace_maps(&r->repo, r->facts, &r->closure, r->ds);
	r->build_macros = bg_build_macros(&job, r->ds);
}

static json_t *tri(int v)
{
	return v < 0 ? json_null() : json_boolean(v);
}

static json_t *string_or_null(const char *s)
{
	json_t *j = s ? json_string(s) : NULL;

	return j ? j : json_null();
}

static size_t count_lines(const char *s, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += s[i] == '\n';
	return lines;
}

static json_t *strings(const struct bg_strv *sv)
{
	json_t *a = json_array();

	for (size_t i = 0; i < sv->n; i++)
		json_array_append_new(a, string_or_null(sv->v[i]));
	return a;
}

static json_t *counts(const struct run *r)
{
	size_t scanned = 0;

	for (size_t i = 0; i < r->facts->items.n; i++)
		scanned += r->facts->items.v[i].scanned;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "unit_lines", (json_int_t)r->counts.lines, "tu_lines",
			 (json_int_t)count_lines(r->facts->text, r->facts->n_text), "declarations", (json_int_t)r->counts.items, "tu_declarations",
			 (json_int_t)r->facts->items.n, "reachable_declarations", (json_int_t)scanned, "macros", (json_int_t)r->counts.macros, "includes",
			 (json_int_t)r->counts.includes);
}

static json_t *notes(const struct bg_diags *ds, size_t from)
{
	json_t *a = json_array();

	for (size_t i = from; i < bg_diags_count(ds); i++) {
		const struct bg_diag *d = bg_diags_get(ds, i);
		BG_CLEANUP(bg_freep) char *path = d->path ? bg_escape(d->path) : NULL, *text = NULL;

		if (d->severity == BG_ERROR)
			continue;
		if (path)
			text = d->line ? bg_printf("%s:%u: %s", path, d->line, d->message) : bg_printf("%s: %s", path, d->message);
		json_array_append_new(a, string_or_null(text ? text : d->message));
	}
	return a;
}

static json_t *report(struct run *r, size_t first_diag)
{
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	static const char *const minimality[] = { [BG_MINIMAL_UNPROVEN] = "unproven", [BG_MINIMAL_PROVEN] = "proven", [BG_MINIMAL_PRUNED] = "pruned" };
	const char *level = r->compared ? bg_level_names[r->level] : "unverified";
	struct utsname kernel;
	json_t *o = json_object();

	uname(&kernel);
	json_object_set_new(o, "schema", json_string("bpfgraft.extract/1"));
	json_object_set_new(o, "name", json_string(r->job->what->name));
	json_object_set_new(o, "entry", json_string(r->entry->name));
	json_object_set_new(o, "repository", string_or_null(r->repo.url));
	json_object_set_new(o, "revision", string_or_null(r->repo.commit));
	json_object_set_new(o, "file", string_or_null(p.path));
	json_object_set_new(o, "line", json_integer(p.line));
	json_object_set_new(o, "section", string_or_null(r->entry->section));
	json_object_set_new(o, "hook", string_or_null(r->ret->hook ? r->ret->hook->name : NULL));
	json_object_set_new(o, "upstream_cflags", strings(&r->flags));
	json_object_set_new(o, "cflags", strings(&r->ret->cflags));
	json_object_set_new(o, "counts", counts(r));
	json_object_set_new(o, "verdict", json_pack("{s:s, s:o}", "level", level, "detail", string_or_null(r->detail)));
	json_object_set_new(o, "minimal", json_string(minimality[r->minimality]));
	json_object_set_new(o, "minimality", r->trials ? json_incref(r->trials) : json_null());
	json_object_set_new(o, "compiles", r->job->verify ? json_boolean(r->compiles) : json_null());
	json_object_set_new(o, "upstream_compiles", r->job->verify && !r->unanswered ? json_boolean(r->upstream_compiles) : json_null());
	json_object_set_new(o, "loads", tri(r->loads));
	json_object_set_new(o, "upstream_loads", tri(r->upstream_loads));
	json_object_set_new(o, "harness", r->harness.file ? bg_harness_report(&r->harness) : json_null());
	json_object_set_new(o, "instructions", r->compared ? json_integer((json_int_t)r->instructions) : json_null());
	json_object_set_new(o, "kernel", json_string(kernel.release));
	json_object_set_new(o, "licence", json_pack("{s:o}", "sources", bg_evidence_licences(r->facts, &r->closure)));
	json_object_set(o, "questions", r->questions);
	json_object_set_new(o, "user_space", r->user_space ? json_incref(r->user_space) : json_null());
	json_object_set_new(o, "build_macros", r->build_macros ? json_incref(r->build_macros) : json_null());
	json_object_set_new(o, "notes", notes(r->ds, first_diag));
	json_object_set_new(o, "symbols", bg_evidence_symbols(r->facts, &r->closure));
	return o;
}

static void write_evidence(struct run *r, size_t first_diag)
{
	json_t *functions = bg_evidence_functions(r->facts, &r->closure, r->entry->name), *maps = bg_evidence_maps(r->facts, &r->closure);
	const struct { const char *name; json_t *doc; } files[] = {
		{ "functions.json", functions }, { "maps.json", maps }, { "extract.json", r->ret->report = report(r, first_diag) },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(files); i++) {
		BG_CLEANUP(bg_freep) char *path = bg_join(r->job->dir, files[i].name);
		int err = bg_write_json(path, files[i].doc);

		if (err) {
			BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

			bg_diag(r->ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the evidence: %s", why);
			worsen(r, BG_EXIT_ENV);
		}
	}
	json_decref(functions);
	json_decref(maps);
}

static void finish(struct run *r)
{
	bg_progress_clear();
	bg_harness_done(&r->harness);
	free(r->reference);
	bg_closure_done(&r->closure);
	bg_vec_done(&r->pieces);
	json_decref(r->trials);
	bg_tu_free(r->facts);
	bg_strv_done(&r->flags);
	bg_repo_done(&r->repo);
	json_decref(r->questions);
	json_decref(r->user_space);
	json_decref(r->build_macros);
	free(r->main);
	free(r->base);
	free(r->detail);
}

enum bg_exit bg_extract_run(const struct bg_extract_job *job, struct bg_diags *ds, struct bg_extract_result *ret)
{
	struct run r = { .job = job, .ds = ds, .ret = ret, .loads = -1, .upstream_loads = -1, .questions = json_array() };
	size_t first_diag = bg_diags_count(ds);
	enum bg_exit e;

	*ret = (struct bg_extract_result){ 0 };
	e = read_upstream(&r);
	if (e == BG_EXIT_OK)
		e = close_over(&r);
	if (e == BG_EXIT_OK)
		e = make_unit(&r);
	if (e != BG_EXIT_OK) {
		finish(&r);
		return e;
	}
	if (!is_program(r.entry))
		write_harness(&r);
	if (job->verify) {
		if (!r.unanswered)
			bg_questions_namesakes(&r.repo, r.entry->name, bg_tu_place(r.facts, r.entry->off).path, ds);
		look_around(&r);
		verify(&r);
	}
	if (r.unanswered)
		worsen(&r, BG_EXIT_ASK);
	write_evidence(&r, first_diag);
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
