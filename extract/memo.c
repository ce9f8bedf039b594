// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/memo.h"

#include <sys/stat.h>
#include <sys/utsname.h>

#include "core/fs.h"
#include "core/log.h"
#include "extract/diag_ids.h"
#include "extract/licence.h"

static const char *const evidence[] = { "functions.json", "maps.json", "pieces.json", "extract.json" };

static bool concerns(const struct bg_extraction *r)
{
	const struct bg_extract_job *job = r->job;

	return !job->verify && !job->exact && !job->prove_minimal && !r->answers.n && !job->what->resolve.n;
}

/*
 * Everything that the answer depends on besides files, as a hash. A program that was built anew is another one: it may
 * write another unit.
 */
static struct bg_hash request_of(const struct bg_extraction *r)
{
	const struct bg_spec_extract *what = r->job->what;
	/* which need not be there yet */
	BG_CLEANUP(bg_freep) char *here = bg_realpath("."), *dir = bg_join(here ? here : "", r->job->dir);
	BG_CLEANUP(bg_freep) char *licence = bg_licence_file(r->repo.root); /* a note names it */
	BG_CLEANUP(bg_str_done) struct bg_str b = { 0 };
	struct utsname kernel = { 0 };
	struct stat self = { 0 };

	uname(&kernel);
	stat("/proc/self/exe", &self);
	bg_str_addf(&b, "%s %lld.%09ld %llu\n%s\n%s\n%s\n%s\n", BG_VERSION, (long long)self.st_mtim.tv_sec,
		    self.st_mtim.tv_nsec, (unsigned long long)self.st_ino, kernel.release,
		    r->repo.url ? r->repo.url : "", r->repo.commit ? r->repo.commit : "", r->repo.root);
	bg_str_addf(&b, "%s\n%s\n%s\n%u\n%s\n%s\n%s\n", r->source, what->name ? what->name : "",
		    what->function ? what->function : "", what->line, what->file, dir,
		    r->job->basename ? r->job->basename : "");
	for (size_t i = 0; i < r->flags.n; i++)
		bg_str_addf(&b, "%s%c", r->flags.v[i], '\0');
	bg_str_addf(&b, "%s%c", licence ? licence : "", '\0');
	for (size_t i = 0; i < what->accept.n; i++)
		bg_str_addf(&b, "accept %s%c", what->accept.v[i], '\0');
	return bg_sha256(b.s, b.n);
}

/* What tells that a file is the one that was written: "size time inode". NULL: there is none. Caller frees. */
static char *state_of(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	return bg_printf("%lld %lld.%09ld %llu", (long long)st.st_size, (long long)st.st_mtim.tv_sec,
			 st.st_mtim.tv_nsec, (unsigned long long)st.st_ino);
}

/* --- recalling */

struct recalled {
	bool stale;
	json_t *answer;
};

/* One of the unit's files; the answer comes with each. */
static void on_file(void *arg, int n, const char *const *col)
{
	struct recalled *m = arg;
	struct stat st;

	if (n != 4 || m->stale || !col[0] || !col[1] || !col[2] || !col[3]) {
		m->stale = true;
		return;
	}
	if (!m->answer)
		m->answer = json_loads(col[3], 0, NULL);
	m->stale = stat(col[0], &st) < 0 || (long long)st.st_size != strtoll(col[1], NULL, 10) ||
		   (long long)st.st_mtim.tv_sec * 1000000000ll + st.st_mtim.tv_nsec != strtoll(col[2], NULL, 10);
}

static bool outputs_unchanged(const struct bg_extraction *r, const json_t *files)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)files, name, v) {
		BG_CLEANUP(bg_freep) char *path = bg_join(r->job->dir, name), *now = state_of(path);

		if (!now || !bg_streq(now, json_string_value(v)))
			return false;
	}
	return json_object_size(files) == BG_ARRAY_SIZE(evidence) + 1;
}

static void say_again(const json_t *diags, struct bg_diags *ds)
{
	size_t i;
	json_t *d;

	json_array_foreach((json_t *)diags, i, d) {
		const char *path = json_string_value(json_object_get(d, "path"));

		bg_diag(ds, (enum bg_severity)json_integer_value(json_object_get(d, "severity")),
			(unsigned)json_integer_value(json_object_get(d, "id")),
			BG_AT(path, (unsigned)json_integer_value(json_object_get(d, "line")),
			      (unsigned)json_integer_value(json_object_get(d, "col"))),
			"%s", json_string_value(json_object_get(d, "message")));
	}
}

/* The result from the evidence that it left. */
static bool restore(struct bg_extraction *r, const json_t *answer)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(r->job->dir, "extract.json");
	json_t *report = json_load_file(path, 0, NULL), *flag;
	const char *entry = json_string_value(json_object_get(report, "entry")),
		   *hook = json_string_value(json_object_get(report, "hook"));
	const char *source = json_string_value(json_object_get(answer, "source"));
	size_t i;

	if (!entry || !source) {
		json_decref(report);
		return false;
	}
	r->ret->entry = bg_strdup(entry);
	r->ret->source = bg_join(r->job->dir, source);
	r->ret->hook = hook ? bg_hook_by_name(hook, r->ds) : NULL;
	json_array_foreach(json_object_get(report, "cflags"), i, flag)
		bg_strv_add(&r->ret->cflags, json_string_value(flag));
	r->ret->report = report;
	return true;
}

bool bg_memo_recall(struct bg_extraction *r)
{
	static const char sql[] = "SELECT file.path, file.size, file.mtime_ns, mcu.answer FROM mcu JOIN file ON "
				  "file.tu = mcu.tu WHERE mcu.request = ?";
	/* an index that cannot be read will say so when facts are wanted */
	BG_CLEANUP(bg_diags_freep) struct bg_diags *unheard = bg_diags_new();
	struct recalled m = { 0 };
	bool same = false;

	if (!concerns(r))
		return false;
	r->request = request_of(r);
	if (bg_index_rows(r->index, sql, (const char *const[]){ r->request.hex }, 1, on_file, &m, unheard) == 0 &&
	    !m.stale && m.answer)
		same = outputs_unchanged(r, json_object_get(m.answer, "files")) && restore(r, m.answer);
	if (same) {
		bg_debug("nothing has changed since the same request: its files stay");
		say_again(json_object_get(m.answer, "diagnostics"), r->ds);
	}
	json_decref(m.answer);
	return same;
}

/* --- keeping */

static json_t *diagnostics_from(const struct bg_diags *ds, size_t first)
{
	json_t *all = json_array();

	for (size_t i = first; i < bg_diags_count(ds); i++) {
		const struct bg_diag *d = bg_diags_get(ds, i);

		json_array_append_new(all, json_pack("{s:i, s:i, s:s?, s:i, s:i, s:s}", "severity", (int)d->severity,
						     "id", (int)d->id, "path", d->path, "line", (int)d->line, "col",
						     (int)d->col, "message", d->message));
	}
	return all;
}

static json_t *output_states(const struct bg_extraction *r)
{
	json_t *files = json_object();

	for (size_t i = 0; i <= BG_ARRAY_SIZE(evidence); i++) {
		const char *name = i ? evidence[i - 1] : bg_basename(r->ret->source);
		BG_CLEANUP(bg_freep) char *path = bg_join(r->job->dir, name), *state = state_of(path);

		if (state)
			json_object_set_new(files, name, json_string(state));
	}
	return files;
}

/* Whether nothing was said but notes: errors and warnings can be about files that the unit is not made of. */
static bool only_notes(const struct bg_diags *ds, size_t first)
{
	for (size_t i = first; i < bg_diags_count(ds); i++)
		if (bg_diags_get(ds, i)->severity != BG_NOTE)
			return false;
	return true;
}

void bg_memo_keep(struct bg_extraction *r, size_t first_diag)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO mcu SELECT ?1, id, ?2 FROM tu WHERE root = ?3 AND main = ?4 AND flags = ?5";
	BG_CLEANUP(bg_diags_freep) struct bg_diags *unheard = bg_diags_new(); /* what cannot be kept is made again */
	BG_CLEANUP(bg_str_done) struct bg_str flags = { 0 };
	json_t *answer;
	char *text;

	if (!concerns(r) || r->outcome != BG_EXIT_OK || r->unanswered || !bg_extraction_is_program(r) ||
	    !only_notes(r->ds, first_diag))
		return;
	if (bg_index_settle(r->index, r->ds)) {
		bg_extraction_worsen(r, BG_EXIT_ENV);
		return;
	}
	for (size_t i = 0; i < r->facts->flags.n; i++)
		bg_str_addf(&flags, "%s%s", i ? "\n" : "", r->facts->flags.v[i]);
	answer = json_pack("{s:s, s:o, s:o}", "source", bg_basename(r->ret->source), "files", output_states(r),
			   "diagnostics", diagnostics_from(r->ds, first_diag));
	text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	if (text)
		bg_index_rows(r->index, sql,
			      (const char *const[]){ r->request.hex, text, r->facts->root, r->facts->main,
						     flags.s ? flags.s : "" },
			      5, NULL, NULL, unheard);
	free(text);
	json_decref(answer);
}
