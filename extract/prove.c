// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The proof of a unit: compiled standing alone, compared with upstream's whole file, every removal tried when asked
 * for, loaded. Nothing here changes what the unit is, but for the removals.
 */
#include "extract/extraction.h"

#include "core/compile.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"
#include "extract/complete.h"
#include "extract/diag_ids.h"
#include "extract/exact.h"
#include "extract/hints.h"
#include "extract/kptrs.h"
#include "extract/objcmp.h"

/* Upstream's own object, compiled as upstream would: from the repository's root. With open questions there is nothing
 * to compare with. */
static void compile_upstream(struct bg_extraction *r, const char *object)
{
	size_t first = bg_diags_count(r->ds);
	int err;

	if (r->unanswered) {
		r->detail = bg_strdup("questions are open");
		return;
	}
	if (r->upstream_compiles && !r->harness.file) /* for --exact, already */
		return;
	err = r->compiling_upstream
		      ? bg_compile_end(&r->compiling_upstream, r->ds)
		      : bg_compile(r->reference, r->repo.root, &r->flags, object, BG_ID_UPSTREAM_ERROR, r->ds);
	r->upstream_compiles = err == 0;
	if (!r->upstream_compiles) {
		bg_hints_give(&r->repo, r->job->what->file, &r->flags, first, r->ds);
		bg_extraction_worsen(r, BG_EXIT_UPSTREAM);
		r->detail = bg_strdup("upstream's file does not compile");
	}
}

/* Compiles the unit; where clang refuses it, upstream's file tells whose fault that is. */
static void compile_unit(struct bg_extraction *r)
{
	BG_CLEANUP(bg_freep) char *object = bg_printf("%s.bpf.o", r->base),
	     *full = bg_join(r->tmp.path, "upstream.bpf.o");
	BG_CLEANUP(bg_diags_freep) struct bg_diags *unit = bg_diags_new();
	int err = r->compiling_unit ? bg_compile_end(&r->compiling_unit, unit)
				    : bg_compile(r->ret->source, NULL, &r->ret->cflags, object, BG_ID_UNIT_ERROR, unit);

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
		bg_extraction_worsen(r, err == -EINVAL ? BG_EXIT_NO : BG_EXIT_ENV);
}

static const char *compared_entry(const struct bg_extraction *r)
{
	return r->harness.file ? r->harness.entry : r->entry->name;
}

/* Evidence and counts are those of the unit without what was left out. */
static void forget_left_out(struct bg_extraction *r)
{
	static const enum bg_need needs[] = { [BG_PIECE_DEFINE] = BG_NEED_MACRO,
					      [BG_PIECE_MACRO] = BG_NEED_MACRO,
					      [BG_PIECE_INCLUDE] = BG_NEED_TOP,
					      [BG_PIECE_ITEM] = BG_NEED_ITEM,
					      [BG_PIECE_SHELL] = BG_NEED_ITEM };

	for (size_t i = 0; i < r->pieces.n; i++) {
		const struct bg_piece *p = &r->pieces.v[i];

		if (p->left_out && p->kind != BG_PIECE_STUBS && p->kind != BG_PIECE_TYPES &&
		    p->kind != BG_PIECE_FORWARD && p->kind != BG_PIECE_WHOLE &&
		    p->kind != BG_PIECE_PRAGMA)
			bg_closure_drop(&r->closure, r->facts, needs[p->kind], p->index);
	}
}

/* Has the last of these structs brought into BTF: those before it can be its members. */
static bool make_whole(struct bg_extraction *r, const struct bg_strv *names)
{
	const struct bg_tu *f = r->facts;

	for (size_t i = f->items.n; i-- > 0;) {
		const struct bg_f_decl *d = r->closure.items[i].by ? bg_tu_item_decl(f, (uint32_t)i) : NULL;

		if (d && d->kind == BG_DECL_STRUCT && !r->closure.wholes[i] && bg_strv_has(names, d->name))
			return r->closure.wholes[i] = true;
	}
	return false;
}

/*
 * Structs of kptrs that upstream's object has whole in BTF and the unit's has not: something in the unit is to do what
 * another program does there. Only the objects tell.
 */
static void restore_kptrs(struct bg_extraction *r, const char *full)
{
	struct bg_strv names = { 0 };

	if (bg_kptrs_declared(r->ret->object, NULL, &names) == 0 && names.n)
		compile_upstream(r, full);
	while (names.n && r->compiles && r->upstream_compiles) {
		enum bg_exit e;

		bg_strv_done(&names);
		if (bg_kptrs_declared(r->ret->object, full, &names) || !names.n || !make_whole(r, &names))
			break;
		bg_vec_done(&r->pieces);
		bg_pieces_collect(r->facts, &r->closure, &r->pieces);
		e = bg_extraction_write_unit(r);
		if (e == BG_EXIT_OK)
			compile_unit(r);
		else
			bg_extraction_worsen(r, e);
		if (e != BG_EXIT_OK)
			break;
	}
	bg_strv_done(&names);
}

/* What upstream's other functions are compared with: its file, or that with a harness behind it. */
static bool exact_reference(struct bg_extraction *r, const char *full)
{
	BG_CLEANUP(bg_freep) char *main = bg_join(r->repo.root, r->main), *path = bg_join(r->tmp.path, "exact.c");
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();

	if (!r->harness.file) {
		compile_upstream(r, full);
		return r->upstream_compiles;
	}
	return bg_harness_reference(&r->harness, main, path) == 0 &&
	       bg_compile(path, r->repo.root, &r->flags, full, BG_ID_UPSTREAM_ERROR, ds) == 0;
}

/*
 * Where clang makes other code of the unit than of the whole file, the few other functions with which it does not
 * become part of the unit.
 */
static void make_exact(struct bg_extraction *r, const char *full)
{
	BG_CLEANUP(bg_freep) char *harness = r->harness.file ? bg_harness_text(&r->harness) : NULL;
	struct bg_emit_head head = bg_extraction_head(r);
	const struct bg_exact_job job = { .f = r->facts,
					  .entry = r->entry,
					  .head = &head,
					  .cflags = &r->ret->cflags,
					  .judged = compared_entry(r),
					  .harness = harness,
					  .upstream = full,
					  .tmp = r->tmp.path };
	enum bg_exit e;

	if (r->unanswered || !exact_reference(r, full)) {
		bg_diag(r->ds, BG_NOTE, BG_ID_NOT_EXACT, BG_NOWHERE,
			"there is no object of upstream's to make the unit of '%s' the same as", r->entry->name);
		return;
	}
	if (!bg_exact_restore(&job, &r->closure, r->ds, &r->exact))
		return;
	bg_vec_done(&r->pieces);
	bg_pieces_collect(r->facts, &r->closure, &r->pieces);
	e = bg_extraction_write_unit(r);
	if (e == BG_EXIT_OK)
		compile_unit(r);
	else
		bg_extraction_worsen(r, e);
}

/* Tries every removal; a unit from which something went is written and compiled anew, so that all that follows is about
 * what remains. */
static void prove_minimal(struct bg_extraction *r)
{
	BG_CLEANUP(bg_freep) char *harness = r->harness.file ? bg_harness_text(&r->harness) : NULL;
	struct bg_emit_head head = bg_extraction_head(r);
	const struct bg_minimal_job job = { .f = r->facts,
					    .c = &r->closure,
					    .pieces = &r->pieces,
					    .head = &head,
					    .cflags = &r->ret->cflags,
					    .entry = r->entry->name,
					    .judged = compared_entry(r),
					    .harness = harness,
					    .entry_item = r->entry->item,
					    .tmp = r->tmp.path };
	enum bg_exit e;

	if (r->unanswered) {
		bg_diag(r->ds, BG_NOTE, BG_ID_NOT_PROVEN, BG_NOWHERE,
			"whether the unit of '%s' is minimal is not tried out while questions are open",
			r->entry->name);
		return;
	}
	r->minimality = bg_minimal_prove(&job, r->ds, &r->trials);
	if (r->minimality != BG_MINIMAL_PRUNED)
		return;
	forget_left_out(r);
	e = bg_extraction_write_unit(r);
	if (e == BG_EXIT_OK)
		compile_unit(r);
	else
		bg_extraction_worsen(r, e);
}

/* The optimiser saw a smaller module: whether it is the same program where that does not matter. */
static void climb(struct bg_extraction *r, const char *full)
{
	BG_CLEANUP(bg_freep) char *visible = r->harness.file ? bg_harness_symbols(&r->harness) : NULL;
	const struct bg_ladder l = { .root = r->repo.root,
				     .main = r->reference,
				     .flags = &r->flags,
				     .object = full,
				     .unit = r->harness.file ? r->harness.file : r->ret->source,
				     .unit_flags = &r->ret->cflags,
				     .entry = compared_entry(r),
				     .visible = visible,
				     .tmp = r->tmp.path };
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	BG_CLEANUP(bg_freep) char *why = NULL, *both = NULL;

	r->level = bg_ladder_climb(&l, &why);
	if (r->level == BG_LEVEL_DIFFERS)
		return;
	both = bg_printf("%s; %s", r->detail, why);
	bg_diag(r->ds, BG_NOTE, BG_ID_EXPLAINED, BG_AT(p.path, p.line, p.col),
		"upstream's other code changes how clang optimises this: %s", both);
	free(r->detail);
	r->detail = BG_TAKE(both);
}

/*
 * What the unit was compared with is not upstream's whole file alone: it wants a linker, or had the definitions that
 * one brings.
 */
static void pin(struct bg_extraction *r)
{
	struct bg_str names = { 0 };

	r->level = BG_LEVEL_PINNED;
	if (!r->answers.n) {
		r->detail = bg_strdup("libbpf does not open upstream's object as it stands, because another program in "
				      "it wants a linker; the instructions "
				      "are the same, and the maps are, by their types");
		return;
	}
	for (size_t i = 0; i < r->answers.n; i++)
		bg_str_addf(&names, "%s'%s' of %s:%u", i ? ", " : "", r->answers.v[i].name, r->answers.v[i].file,
			    r->answers.v[i].line);
	r->detail =
		bg_printf("the same as upstream's whole file together with %s, which stands in another file", names.s);
	bg_str_done(&names);
}

/* What is a kptr in upstream's maps and none in the unit's; NULL: nothing. Caller frees. */
static char *lost_kptr(struct bg_extraction *r, const char *full)
{
	struct bg_strv names = { 0 };
	char *ret = NULL;
	int err = 0;

	if (bg_extraction_is_program(r))
		err = bg_kptrs_declared(r->ret->object, full, &names);
	if (err)
		ret = bg_strdup("the types cannot be read");
	else if (names.n)
		ret = bg_printf("a map's value points to struct %s, which BTF defines in upstream's object and only "
				"declares in the unit's",
				names.v[0]);
	bg_strv_done(&names);
	return ret;
}

/* Same instructions, subprograms and maps as the whole upstream file? */
static void compare(struct bg_extraction *r, const char *full)
{
	struct bg_objcmp cmp = { 0 };
	const char *object = r->harness.file ? r->harness.object : r->ret->object;
	int err = bg_objcmp(full, object, compared_entry(r), &cmp);
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	BG_CLEANUP(bg_freep) char *maps = NULL, *types = NULL;
	int by_types = 0;

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
	} else if ((by_types = bg_objcmp_maps(full, object, &maps)) < 0 || maps) {
		r->detail = maps ? BG_TAKE(maps) : bg_strdup("the maps cannot be read");
	} else if (bg_objcmp_types(full, object, &types) || types) {
		r->detail = types ? BG_TAKE(types) : bg_strdup("the types cannot be read");
	} else if ((types = lost_kptr(r, full))) {
		r->detail = BG_TAKE(types);
	} else if (!cmp.same) {
		r->detail = bg_objcmp_text(&cmp);
		climb(r, full);
	} else {
		r->level = BG_LEVEL_SAME;
	}
	if (r->level == BG_LEVEL_SAME && (r->answers.n || by_types))
		pin(r);
	if (r->level == BG_LEVEL_DIFFERS) {
		bg_diag(r->ds, BG_ERROR, BG_ID_DIFFERS, BG_AT(p.path, p.line, p.col),
			"the unit is not the same program: %s", r->detail);
		bg_extraction_worsen(r, BG_EXIT_NO);
	}
	bg_objcmp_done(&cmp);
}

static int load_with(struct bg_extraction *r, const char *object, const char *log, struct bg_load_stats *stats,
		     struct bg_diags *ds)
{
	BG_CLEANUP(bg_object_closep) struct bpf_object *obj = NULL;
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	struct bg_complete c = { .object = object };
	struct bg_load_opts o = { .hook = r->ret->hook,
				  .log_path = log,
				  .at = BG_AT(p.path, p.line, p.col),
				  .prepare = bg_complete_maps,
				  .prepare_arg = &c,
				  .stats = stats };
	struct bpf_program *prog;
	int err = bg_load(object, r->entry->name, &o, ds, &obj, &prog);

	for (size_t i = 0; i < c.what.n; i++)
		bg_diag(ds, BG_NOTE, BG_ID_MAP_COMPLETED, o.at,
			"the map %s, as its loader could complete it, to see whether the program loads", c.what.v[i]);
	bg_complete_done(&c);
	return err;
}

/* For the verifier's figures, and, where it refuses, once more for its reasons. */
static int try_load(struct bg_extraction *r, const char *object, const char *log, struct bg_diags *ds)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *said = bg_diags_new();

	if (load_with(r, object, NULL, &r->verifier, said) == 0) {
		bg_diags_move(ds, said);
		return 0;
	}
	return load_with(r, object, log, NULL, ds);
}

/* While upstream's file may still be compiled. What the kernel says waits until it is known whose fault it is. */
static void load_unit(struct bg_extraction *r, struct bg_diags *said)
{
	BG_CLEANUP(bg_freep) char *log = bg_printf("%s.verifier.log", r->base);

	if (!bg_extraction_is_program(r) || r->unanswered)
		return;
	if (bg_load_allowed(r->ds))
		bg_extraction_worsen(r, BG_EXIT_ENV);
	else
		r->loads = try_load(r, r->ret->object, log, said) == 0;
}

/* Where the unit does not load, upstream's object tells whose fault that is. */
static void judge_load(struct bg_extraction *r, const char *full, struct bg_diags *unit)
{
	BG_CLEANUP(bg_freep) char *log = bg_printf("%s.verifier.log", r->base);
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	BG_CLEANUP(bg_diags_freep) struct bg_diags *upstream = bg_diags_new();

	if (r->loads < 0)
		return;
	if (r->loads) {
		bg_diags_move(r->ds, unit);
		r->upstream_loads = r->compared && r->level == BG_LEVEL_SAME
					    ? 1
					    : -1; /* the same program and maps: no need to ask again */
		return;
	}
	r->upstream_loads = full ? load_with(r, full, log, NULL, upstream) == 0 : -1;
	for (size_t i = 0; i < bg_diags_count(unit); i++) {
		const struct bg_diag *d = bg_diags_get(unit, i);
		bool fault = r->upstream_loads != 0;

		bg_diag(r->ds, d->severity == BG_ERROR && !fault ? BG_WARNING : d->severity, d->id,
			BG_AT(d->path, d->line, d->col), "%s", d->message);
	}
	if (r->upstream_loads == 0) {
		bg_diag(r->ds, BG_WARNING, BG_ID_UPSTREAM_NOT_LOADED, BG_AT(p.path, p.line, p.col),
			"upstream's own object does not load here either, for the same program");
	} else {
		bg_diag(r->ds, BG_ERROR, BG_ID_NOT_LOADED, BG_AT(p.path, p.line, p.col), "the unit does not load");
		bg_extraction_worsen(r, BG_EXIT_NO);
	}
}

/* A harness that the verifier refuses says nothing of the unit when it is the same program around upstream's file, or
 * that is refused as well. */
static void judge_harness(struct bg_extraction *r, const char *full)
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
			"the generated program around '%s' does not load; neither does it around upstream's whole file",
			r->entry->name);
		return;
	}
	bg_diag(r->ds, BG_ERROR, BG_ID_NOT_LOADED, o.at,
		"the generated program around '%s' loads with upstream's whole file, but not with the unit",
		r->entry->name);
	bg_extraction_worsen(r, BG_EXIT_NO);
}

/* The program around a helper: compiled, loaded, and written once more around upstream's file, to be compared with. */
static void prepare_harness(struct bg_extraction *r)
{
	BG_CLEANUP(bg_freep) char *main = bg_join(r->repo.root, r->main), *path = bg_join(r->tmp.path, "reference.c");
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	int err = 0;

	if (bg_extraction_is_program(r) || r->unanswered)
		return;
	if (r->harness.file) {
		bool may_load = bg_load_allowed(r->ds) == 0;

		err = bg_harness_settle(&r->harness, &r->ret->cflags, may_load, BG_AT(p.path, p.line, p.col), r->ds);
		if (!may_load || (err && err != -EINVAL))
			bg_extraction_worsen(r, BG_EXIT_ENV);
	}
	if (err) {
		r->detail = bg_strdup("the generated program around the function does not compile");
		bg_harness_done(&r->harness);
	}
	if (bg_harness_reference(&r->harness, main, path)) {
		bg_diag(r->ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the reference");
		bg_extraction_worsen(r, BG_EXIT_ENV);
		return;
	}
	free(r->reference);
	r->reference = BG_TAKE(path);
}

/*
 * Upstream's object, and the one of the unit: neither needs the other. Of a function that is no program the harness
 * comes first.
 */
void bg_extraction_prove_begin(struct bg_extraction *r)
{
	BG_CLEANUP(bg_freep) char *object = bg_printf("%s.bpf.o", r->base), *full = NULL;

	if (bg_tmpdir_make(&r->tmp)) {
		bg_diag(r->ds, BG_ERROR, BG_ID_FILE, BG_NOWHERE, "cannot make a temporary folder");
		bg_extraction_worsen(r, BG_EXIT_ENV);
		return;
	}
	full = bg_join(r->tmp.path, "upstream.bpf.o");
	if (bg_extraction_is_program(r) && !r->unanswered)
		r->compiling_upstream =
			bg_compile_begin(r->reference, r->repo.root, &r->flags, full, BG_ID_UPSTREAM_ERROR);
	r->compiling_unit = bg_compile_begin(r->ret->source, NULL, &r->ret->cflags, object, BG_ID_UNIT_ERROR);
}

void bg_extraction_prove(struct bg_extraction *r)
{
	BG_CLEANUP(bg_freep) char *full = r->tmp.path ? bg_join(r->tmp.path, "upstream.bpf.o") : NULL;
	BG_CLEANUP(bg_diags_freep) struct bg_diags *said = bg_diags_new();

	if (!full)
		return;
	compile_unit(r);
	if (r->compiles && bg_extraction_is_program(r) && !r->unanswered)
		restore_kptrs(r, full);
	if (r->compiles && r->job->exact)
		make_exact(r, full);
	if (r->compiles && r->job->prove_minimal)
		prove_minimal(r);
	if (r->compiles) {
		prepare_harness(r);
		bg_progress("%s: loading, and comparing with upstream's object", r->job->what->name);
		load_unit(r, said);
		compile_upstream(r, full);
		if (r->upstream_compiles)
			compare(r, full);
		judge_load(r, r->upstream_compiles ? full : NULL, said);
		if (r->harness.file)
			judge_harness(r, full);
	}
	bg_compile_drop(&r->compiling_upstream);
	bg_tmpdir_done(&r->tmp);
}

