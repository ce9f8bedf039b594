// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What an extraction leaves beside the unit: functions.json, maps.json, pieces.json and extract.json (docs/json.md
 * describes them). */
#include "extract/extraction.h"

#include <sys/utsname.h>

#include "core/fs.h"
#include "core/task.h"
#include "extract/canon.h"
#include "extract/diag_ids.h"
#include "extract/emit.h"
#include "extract/evidence.h"

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
	const char *end = s + n;
	size_t lines = 0;

	for (; (s = memchr(s, '\n', (size_t)(end - s))); s++)
		lines++;
	return lines;
}

static json_t *strings(const struct bg_strv *sv)
{
	json_t *a = json_array();

	for (size_t i = 0; i < sv->n; i++)
		json_array_append_new(a, string_or_null(sv->v[i]));
	return a;
}

static json_t *counts(const struct bg_extraction *r)
{
	size_t scanned = 0;

	for (size_t i = 0; i < r->facts->items.n; i++)
		scanned += r->facts->items.v[i].scanned;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "unit_lines", (json_int_t)r->counts.lines, "tu_lines",
			 (json_int_t)count_lines(r->facts->text, r->facts->n_text), "declarations",
			 (json_int_t)r->counts.items, "tu_declarations",
			 (json_int_t)r->facts->items.n + (json_int_t)r->facts->unread, "reachable_declarations",
			 (json_int_t)scanned, "macros", (json_int_t)r->counts.macros, "includes",
			 (json_int_t)r->counts.includes);
}

static void add_notes(json_t *to, const struct bg_diags *ds, size_t from)
{
	for (size_t i = from; i < bg_diags_count(ds); i++) {
		const struct bg_diag *d = bg_diags_get(ds, i);
		BG_CLEANUP(bg_freep) char *path = d->path ? bg_escape(d->path) : NULL, *text = NULL;

		if (d->severity == BG_ERROR)
			continue;
		if (path)
			text = d->line ? bg_printf("%s:%u: %s", path, d->line, d->message)
				       : bg_printf("%s: %s", path, d->message);
		json_array_append_new(to, string_or_null(text ? text : d->message));
	}
}

static json_t *notes(const struct bg_extraction *r, size_t from)
{
	json_t *a = json_array();

	add_notes(a, r->ds, from);
	add_notes(a, r->aside, 0);
	return a;
}

/* What the unit consists of, whatever the lines that it stands at. */
static json_t *declarations_hash(const json_t *symbols)
{
	struct bg_str all = { 0 };
	struct bg_hash h;
	json_t *s;
	size_t i;

	json_array_foreach((json_t *)symbols, i, s) {
		const char *file = json_string_value(json_object_get(s, "file"));

		bg_str_addf(&all, "%s %s %s\n", json_string_value(json_object_get(s, "kind")),
			    json_string_value(json_object_get(s, "symbol")), file ? file : "-");
	}
	h = bg_sha256(all.s ? all.s : "", all.n);
	bg_str_done(&all);
	return json_string(h.hex);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The repository's files that were read for the unit; a change of no other of them changes it. */
static json_t *files(const struct bg_extraction *r)
{
	struct bg_strv all = { 0 };
	json_t *a;

	bg_strv_add(&all, r->job->what->file);
	if (r->job->repo->compile_commands)
		bg_strv_add(&all, r->job->repo->compile_commands);
	for (size_t i = 0; i < r->facts->files.n; i++)
		if (r->facts->files.v[i].rel && !bg_strv_has(&all, r->facts->files.v[i].rel))
			bg_strv_add(&all, r->facts->files.v[i].rel);
	for (size_t i = 0; i < r->answers.n; i++)
		if (!bg_strv_has(&all, r->answers.v[i].file))
			bg_strv_add(&all, r->answers.v[i].file);
	qsort(all.v, all.n, sizeof(*all.v), by_name);
	a = strings(&all);
	bg_strv_done(&all);
	return a;
}

static json_t *report(struct bg_extraction *r, size_t first_diag)
{
	struct bg_place p = bg_tu_place(r->facts, r->entry->off);
	static const char *const minimality[] = {
		[BG_MINIMAL_UNPROVEN] = "unproven", [BG_MINIMAL_PROVEN] = "proven", [BG_MINIMAL_PRUNED] = "pruned"
	};
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
	json_object_set_new(o, "exact", r->exact ? json_incref(r->exact) : json_null());
	json_object_set_new(o, "compiles", r->job->verify ? json_boolean(r->compiles) : json_null());
	json_object_set_new(o, "upstream_compiles",
			    r->job->verify && !r->unanswered ? json_boolean(r->upstream_compiles) : json_null());
	json_object_set_new(o, "loads", tri(r->loads));
	json_object_set_new(o, "upstream_loads", tri(r->upstream_loads));
	json_object_set_new(o, "harness", r->harness.file ? bg_harness_report(&r->harness) : json_null());
	json_object_set_new(o, "instructions", r->compared ? json_integer((json_int_t)r->instructions) : json_null());
	json_object_set_new(o, "verifier", bg_load_stats_json(&r->verifier));
	json_object_set_new(o, "kernel", json_string(kernel.release));
	json_object_set_new(o, "licence", r->licence ? json_incref(r->licence) : json_null());
	json_object_set(o, "questions", r->questions);
	json_object_set_new(o, "answers", bg_answers_json(&r->answers));
	json_object_set_new(o, "user_space", r->user_space ? json_incref(r->user_space) : json_null());
	json_object_set_new(o, "build_macros", r->build_macros ? json_incref(r->build_macros) : json_null());
	json_object_set_new(o, "writers", r->writers ? json_incref(r->writers) : json_null());
	json_object_set_new(o, "notes", notes(r, first_diag));
	json_object_set_new(o, "symbols", bg_evidence_symbols(r->facts, &r->closure));
	json_object_set_new(o, "closure", bg_canon_closure(r->facts, &r->pieces));
	json_object_set_new(o, "files", files(r));
	json_object_set_new(o, "declarations", declarations_hash(json_object_get(o, "symbols")));
	return o;
}

/* What can be made and written beside the report. */
struct documents {
	const struct bg_extraction *r;
	int err[3];
};
static const char *const document_names[] = { "functions.json", "maps.json", "pieces.json" };

static int write_document(const struct bg_extraction *r, const char *name, const json_t *doc)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(r->job->dir, name);

	return bg_write_json(path, doc);
}

static void write_documents(void *ctx)
{
	struct documents *d = ctx;
	const struct bg_extraction *r = d->r;
	json_t *docs[] = { bg_evidence_functions(r->facts, &r->closure, r->entry->name),
			   bg_evidence_maps(r->facts, &r->closure),
			   bg_evidence_pieces(r->facts, &r->pieces, r->repo.root) };

	for (size_t i = 0; i < BG_ARRAY_SIZE(docs); i++) {
		d->err[i] = write_document(r, document_names[i], docs[i]);
		json_decref(docs[i]);
	}
}

static void say_unwritten(struct bg_extraction *r, const char *name, int err)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(r->job->dir, name), *why = NULL;

	if (!err)
		return;
	why = bg_errno_text(err);
	bg_diag(r->ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the evidence: %s", why);
	bg_extraction_worsen(r, BG_EXIT_ENV);
}

/* Trials may have been the last who noted in the pieces where they stand. */
static void note_places(struct bg_extraction *r)
{
	struct bg_emit_head head = bg_extraction_head(r);
	struct bg_emit_counts counts;
	struct bg_str text = { 0 };

	bg_emit_pieces(r->facts, &r->pieces, &head, &text, &counts);
	bg_str_done(&text);
}

void bg_extraction_write_evidence(struct bg_extraction *r, size_t first_diag)
{
	struct documents documents = { .r = r };
	struct bg_task *writing;

	if (r->job->prove_minimal || r->job->exact)
		note_places(r);
	bg_tu_ready(r->facts);
	writing = bg_task_start(write_documents, &documents);
	r->ret->report = report(r, first_diag);
	bg_task_wait(writing);
	for (size_t i = 0; i < BG_ARRAY_SIZE(documents.err); i++)
		say_unwritten(r, document_names[i], documents.err[i]);
	say_unwritten(r, "extract.json", write_document(r, "extract.json", r->ret->report));
}
