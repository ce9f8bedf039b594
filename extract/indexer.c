// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Building the index: which files, with which flags, and on all processors those that have changed. A file that cannot
 * be read is listed with the first error. It refuses to stop for one: only an index that cannot be written ends the
 * work.
 */
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/libclang.h"
#include "core/log.h"
#include "core/parallel.h"
#include "extract/attempts.h"
#include "extract/diag_ids.h"
#include "extract/query.h"
#include "extract/units.h"

#define AT_ONCE 8 /* files that one process reads: a vmlinux.h that they share is read once for them */

struct job {
	struct bg_repo *repo;           /* borrowed */
	char *file;
	struct bg_strv flags;
	bool must;                      /* a spec names it: that it cannot be read is an error */
	bool stale;
};

struct indexer {
	const char *path;
	struct bg_diags *ds;
	BG_VEC(struct job) jobs;
	BG_VEC(size_t) stale;           /* of jobs */
	size_t chunk;
	atomic_bool *stop;              /* shared by all processes: the index cannot be written */
};

static void jobs_done(struct indexer *x)
{
	for (size_t i = 0; i < x->jobs.n; i++) {
		free(x->jobs.v[i].file);
		bg_strv_done(&x->jobs.v[i].flags);
	}
	bg_vec_done(&x->jobs);
	bg_vec_done(&x->stale);
}

static void add_job(struct indexer *x, struct bg_repo *repo, const char *file, const struct bg_strv *flags, bool must)
{
	struct job j = { .repo = repo, .file = bg_strdup(file), .must = must };

	bg_strv_extend(&j.flags, flags);
	bg_vec_push(&x->jobs, j);
}

/* --- reading */

static void repeat(struct bg_diags *ds, const struct bg_diag *d)
{
	bg_diag(ds, d->severity, d->id, BG_AT(d->path, d->line, d->col), "%s", d->message);
}

/* A process of its own: what it has to say goes to the parent as a list of diagnostics. */
static void read_some(void *ctx, size_t k, struct bg_str *out)
{
	struct indexer *x = ctx;
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	size_t end = (k + 1) * x->chunk < x->stale.n ? (k + 1) * x->chunk : x->stale.n;
	bool ok = !atomic_load(x->stop) && bg_index_open(x->path, ds, &ix) == 0;
	json_t *list;
	char *text;

	for (size_t i = k * x->chunk; ok && i < end && !atomic_load(x->stop); i++) {
		const struct job *j = &x->jobs.v[x->stale.v[i]];
		BG_CLEANUP(bg_diags_freep) struct bg_diags *own = bg_diags_new();

		ok = bg_units_index(ix, j->repo, j->file, !j->must, &j->flags, own) != -EIO;
		for (size_t d = 0; d < bg_diags_count(own); d++)
			if (j->must || (!ok && bg_diags_get(own, d)->id == BG_ID_INDEX))
				repeat(ds, bg_diags_get(own, d));
	}
	if (!ok)
		atomic_store(x->stop, true);
	list = bg_diags_json(ds);
	text = json_dumps(list, JSON_COMPACT);
	bg_str_add(out, text ? text : "[]");
	free(text);
	json_decref(list);
}

static void on_progress(void *ctx, size_t done)
{
	const struct indexer *x = ctx;
	size_t n = done * x->chunk < x->stale.n ? done * x->chunk : x->stale.n;

	bg_progress("indexed %zu of %zu files", n, x->stale.n);
}

static bool is_said(const struct bg_diags *ds, unsigned id, const char *message)
{
	for (size_t i = 0; i < bg_diags_count(ds); i++)
		if (bg_diags_get(ds, i)->id == id && bg_streq(bg_diags_get(ds, i)->message, message))
			return true;
	return false;
}

/* What a process said. That the index cannot be written, each of them says. */
static void take_diags(struct indexer *x, const char *text)
{
	json_t *list = json_loads(text ? text : "[]", 0, NULL), *d;
	size_t i;

	json_array_foreach(list, i, d) {
		const char *severity = json_string_value(json_object_get(d, "severity"));
		const char *path = json_string_value(json_object_get(d, "path")),
			   *message = json_string_value(json_object_get(d, "message"));
		const char *digits = json_string_value(json_object_get(d, "id")) + strlen("BG");
		unsigned id = (unsigned)strtoul(digits, NULL, 10),
			 line = (unsigned)json_integer_value(json_object_get(d, "line"));

		if (id != BG_ID_INDEX || !is_said(x->ds, id, message))
			bg_diag(x->ds,
				bg_streq(severity, "error")	? BG_ERROR
				: bg_streq(severity, "warning") ? BG_WARNING
								: BG_NOTE,
				id, BG_AT(path, line, (unsigned)json_integer_value(json_object_get(d, "col"))), "%s",
				message);
	}
	json_decref(list);
}

/* A file that ends the process that reads it, in one that reads it alone. */
static void note_crash(struct indexer *x, const struct job *j)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	BG_CLEANUP(bg_freep) char *main = bg_join(j->repo->root, j->file);
	struct bg_attempt a = { .error = bg_strdup("libclang did not survive reading it") };
	struct bg_sources read = { 0 };
	struct bg_strv none = { 0 };

	bg_strv_extend(&a.flags, &j->flags);
	bg_sources_find(&read, main, &none);
	if (bg_index_open(x->path, x->ds, &ix) == 0)
		bg_attempts_note(ix, j->repo->root, main, &j->flags, &a, bg_tree_get(j->repo->root, false), &read,
				 x->ds);
	bg_sources_done(&read);
	bg_attempt_done(&a);
}

/*
 * Reads what is stale. Where one process did not end well, its files are read again one by one. 0, or -EIO with a
 * diagnostic.
 */
static int read_stale(struct indexer *x)
{
	struct bg_parallel work = { .work = read_some, .progress = on_progress, .ctx = x };
	BG_CLEANUP(bg_freep) struct bg_str *out = NULL;
	size_t n, per_process = x->stale.n / (size_t)(4 * sysconf(_SC_NPROCESSORS_ONLN)) + 1;
	int err;

	if (!x->stale.n || bg_libclang_load(x->ds)) /* loaded here, it is there in all processes */
		return x->stale.n ? -ENOSYS : 0;
	x->chunk = per_process < AT_ONCE ? per_process : AT_ONCE;
	n = work.n = (x->stale.n + x->chunk - 1) / x->chunk;
	out = bg_alloc(n * sizeof(*out));
	err = bg_parallel_run(&work, out);
	for (size_t k = 0; k < n; k++)
		if (out[k].n)
			take_diags(x, out[k].s);
	for (size_t k = 0; err == -ECHILD && k < n && !atomic_load(x->stop); k++) {
		for (size_t i = k * x->chunk; !out[k].n && i < (k + 1) * x->chunk && i < x->stale.n; i++) {
			struct indexer one = { .path = x->path,
					       .ds = x->ds,
					       .jobs = { &x->jobs.v[x->stale.v[i]], 1, 1 },
					       .chunk = 1,
					       .stop = x->stop };
			struct bg_str said = { 0 };

			bg_vec_push(&one.stale, 0);
			work = (struct bg_parallel){ .work = read_some, .ctx = &one, .n = 1 };
			if (bg_parallel_run(&work, &said))
				note_crash(x, one.jobs.v);
			else
				take_diags(x, said.s);
			bg_str_done(&said);
			bg_vec_done(&one.stale);
		}
	}
	for (size_t k = 0; k < n; k++)
		bg_str_done(&out[k]);
	bg_progress_clear();
	return atomic_load(x->stop) ? -EIO : err == -ECHILD ? 0 : err;
}

/* --- what to read */

/* Asks the index what has changed; jobs in the order of their repositories. */
static int find_stale(struct indexer *x)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	const struct bg_repo *repo = NULL;
	int err = bg_index_open(x->path, x->ds, &ix);

	for (size_t i = 0; i < x->jobs.n && !err; i++) {
		struct job *j = &x->jobs.v[i];
		BG_CLEANUP(bg_freep) char *main = bg_join(j->repo->root, j->file);
		struct bg_attempt a = { 0 };

		if (!repo || strcmp(j->repo->root, repo->root))
			err = bg_attempts_check(ix, bg_tree_get(j->repo->root, j->must), x->ds);
		repo = j->repo;
		if (!err)
			err = bg_attempts_find(ix, repo->root, main, &j->flags, x->ds, &a);
		j->stale = err == -ENOENT || (!err && a.error && j->must); /* to say again why not */
		err = err == -ENOENT ? 0 : err;
		if (j->stale)
			bg_vec_push(&x->stale, i);
		bg_attempt_done(&a);
	}
	return err;
}

static json_t *strings(const struct bg_strv *sv)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sv->n; i++)
		json_array_append_new(list, bg_json_text(sv->v[i]));
	return list;
}

/* What the index now says of every job. */
static int report(struct indexer *x, json_t **ret)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	json_t *units = json_array();
	size_t failed = 0;
	int err = bg_index_open(x->path, x->ds, &ix);

	for (size_t i = 0; i < x->jobs.n && !err; i++) {
		const struct job *j = &x->jobs.v[i];
		BG_CLEANUP(bg_freep) char *main = bg_join(j->repo->root, j->file);
		struct bg_attempt a = { 0 };
		json_t *u;

		err = bg_attempts_read(ix, j->repo->root, main, &j->flags, x->ds, &a);
		if (err == -ENOENT) { /* another process took it away meanwhile */
			a.error = bg_strdup("it was removed from the index meanwhile");
			err = 0;
		}
		u = json_pack("{s:o, s:o, s:s, s:b, s:o, s:o, s:o, s:o}", "file", bg_json_text(j->file), "flags",
			      strings(&a.flags), "status", a.error ? "failed" : "indexed", "parsed", j->stale,
			      "functions", a.error ? json_null() : json_integer(a.functions), "error",
			      bg_json_text(a.error), "error_file", bg_json_text(a.file), "error_line",
			      a.line ? json_integer(a.line) : json_null());
		json_array_append_new(units, u);
		failed += a.error != NULL;
		bg_attempt_done(&a);
	}
	if (err)
		json_decref(units);
	else
		*ret = json_pack("{s:s, s:s, s:o, s:I, s:I}", "schema", "bpfgraft.index/1", "index", x->path, "units",
				 units, "failed", (json_int_t)failed, "parsed", (json_int_t)x->stale.n);
	return err;
}

/* --- spec and repository */

/* The outcome; repos, as many as the spec has extracts, to be released by the caller. */
static enum bg_exit spec_jobs(struct indexer *x, const struct bg_spec *spec, bool offline, struct bg_repo *repos)
{
	enum bg_exit outcome = BG_EXIT_OK;

	for (size_t i = 0; i < spec->extracts.n; i++) {
		const struct bg_spec_extract *e = &spec->extracts.v[i];
		const struct bg_spec_repo *r = bg_spec_repo(spec, e->from);
		struct bg_strv flags = { 0 };
		int err = bg_repo_open(r, offline, x->ds, &repos[i]);

		if (!err && !bg_units_file_named(&repos[i], e->file, e->at, x->ds))
			err = -EINVAL;
		if (!err)
			err = bg_units_flags(&repos[i], r, &e->cflags, e->file, x->ds, &flags);
		if (!err)
			add_job(x, &repos[i], e->file, &flags, true);
		else if (outcome == BG_EXIT_OK)
			outcome = err == -EINVAL ? BG_EXIT_UPSTREAM : BG_EXIT_ENV;
		bg_strv_done(&flags);
	}
	return outcome;
}

/* Every C file, with what a compile_commands.json of the repository says of it, and the flags given. */
static int tree_jobs(struct indexer *x, struct bg_spec_repo *r, const struct bg_strv *cflags, struct bg_repo *repo)
{
	static const char *const databases[] = { "compile_commands.json", "build/compile_commands.json" };
	const struct bg_tree *tree = bg_tree_get(repo->root, true);
	int err = 0;

	for (size_t i = 0; i < BG_ARRAY_SIZE(databases) && !r->compile_commands; i++) {
		BG_CLEANUP(bg_freep) char *path = bg_join(repo->root, databases[i]);

		if (bg_exists(path))
			r->compile_commands = (char *)databases[i];
	}
	for (size_t i = 0; i < tree->files.n && !err; i++) {
		struct bg_strv flags = { 0 };

		if (!bg_ends(tree->files.v[i], ".c"))
			continue;
		err = bg_units_flags(repo, r, cflags, tree->files.v[i], x->ds, &flags);
		if (!err)
			add_job(x, repo, tree->files.v[i], &flags, false);
		bg_strv_done(&flags);
	}
	if (tree->cut_off)
		bg_diag(x->ds, BG_WARNING, BG_ID_LIMIT, BG_NOWHERE,
			"the repository has more than %d files; the others are not indexed", BG_TREE_MAX);
	return err;
}

static enum bg_exit outcome_of(const struct indexer *x, const json_t *report, int err)
{
	size_t i;
	json_t *u;

	if (err)
		return BG_EXIT_ENV;
	json_array_foreach(json_object_get(report, "units"), i, u)
		if (x->jobs.v[i].must && bg_streq(json_string_value(json_object_get(u, "status")), "failed"))
			return BG_EXIT_UPSTREAM;
	return BG_EXIT_OK;
}

/* Finds out what has changed, reads it, reports. 0, or a negative errno with diagnostics. */
static int build(struct indexer *x, json_t **ret)
{
	int err;

	x->stale.n = 0;
	atomic_store(x->stop, false);
	err = find_stale(x);
	if (!err)
		err = read_stale(x);
	return err ? err : report(x, ret);
}

/* The same, and once more if it failed because the index was broken. */
static int build_anyhow(struct indexer *x, json_t **ret)
{
	struct bg_diags *ds = x->ds;
	int err;

	x->ds = bg_diags_new();
	err = build(x, ret);
	if (err == -EIO && bg_index_repair(x->path, ds)) {
		bg_diags_free(x->ds);
		x->ds = bg_diags_new();
		err = build(x, ret);
	}
	bg_diags_move(ds, x->ds);
	bg_diags_free(x->ds);
	x->ds = ds;
	return err;
}

enum bg_exit bg_index_build(const struct bg_spec *spec, const char *repo, const char *revision,
			    const struct bg_strv *cflags, const char *index_path, bool offline, struct bg_diags *ds,
			    json_t **ret_report)
{
	BG_CLEANUP(bg_freep) char *path = index_path ? bg_strdup(index_path) : bg_index_path(spec, ds);
	size_t n_repos = spec ? spec->extracts.n : 1;
	BG_CLEANUP(bg_freep) struct bg_repo *repos = bg_alloc((n_repos + 1) * sizeof(*repos));
	struct bg_spec_repo r = { .name = (char *)"repository", .url = (char *)repo, .revision = (char *)revision };
	struct indexer x = { .path = path, .ds = ds };
	enum bg_exit outcome = path ? BG_EXIT_OK : BG_EXIT_ENV, read;
	int err;

	x.stop = mmap(NULL, sizeof(*x.stop), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (x.stop == MAP_FAILED)
		bg_oom();
	if (path && spec) {
		outcome = spec_jobs(&x, spec, offline, repos);
	} else if (path) {
		err = bg_repo_open(&r, offline, ds, &repos[0]);
		if (!err)
			err = tree_jobs(&x, &r, cflags, &repos[0]);
		outcome = !err ? BG_EXIT_OK : err == -EINVAL ? BG_EXIT_USAGE : BG_EXIT_ENV;
	}
	if (path && (outcome == BG_EXIT_OK || x.jobs.n)) {
		err = build_anyhow(&x, ret_report);
		read = outcome_of(&x, *ret_report, err);
		outcome = outcome == BG_EXIT_OK ? read : outcome;
	}
	munmap(x.stop, sizeof(*x.stop));
	jobs_done(&x);
	for (size_t i = 0; i < n_repos; i++)
		bg_repo_done(&repos[i]);
	return outcome;
}
