// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpfgraft lock: what a spec means today, written beside it. It decides nothing: with an open question nothing is
 * written. */
#include <sys/utsname.h>

#include "cli/cmd.h"
#include "core/compile.h"
#include "core/fs.h"
#include "core/lock.h"
#include "core/proc.h"
#include "extract/extract.h"
#include "library/results.h"

const struct bg_usage bg_usage_lock = {
	.summary = "record what a spec means today: commits and answers, in bpfgraft.lock beside it",
	.synopsis = (const char *const[]){ "SPEC", NULL },
	.examples = (const char *const[]){ "bpfgraft lock specs/katran-decap.yaml", NULL },
	.min_args = 1,
	.max_args = 1,
};

/* {tool, clang, kernel}. New reference. */
static json_t *tools(void)
{
	const char *const argv[] = { bg_clang(), "--version", NULL };
	json_t *o = json_pack("{s:s}", "tool", BG_VERSION);
	struct bg_proc_result r;
	struct utsname u;

	if (bg_proc_run(&(struct bg_proc){ .argv = argv }, &r) == 0 && r.status == 0 && r.out.s)
		json_object_set_new(o, "clang", json_stringn(r.out.s, strcspn(r.out.s, "\n")));
	bg_proc_result_done(&r);
	if (uname(&u) == 0)
		json_object_set_new(o, "kernel", json_string(u.release));
	return o;
}

/* The facts of one extract: its unit is not wanted, so nothing is compiled or loaded. */
static enum bg_exit look_at(struct bg_ctx *c, const struct bg_spec_extract *e, const char *dir, json_t **ret_report)
{
	struct bg_extract_result r = { 0 };
	struct bg_extract_job job = { .repo = bg_spec_repo(c->spec, e->from),
				      .what = e,
				      .dir = dir,
				      .basename = "unit",
				      .offline = c->global.offline };
	enum bg_exit code;

	bg_progress("lock %s", e->name);
	code = bg_extract_run(&job, c->ds, &r);
	bg_progress_clear();
	*ret_report = json_incref(r.report);
	json_array_append_new(json_object_get(c->doc, "extract"),
			      json_pack("{s:s, s:i, s:O?, s:O?, s:O?}", "name", e->name, "exit", (int)code, "revision",
					json_object_get(r.report, "revision"), "answers",
					json_object_get(r.report, "answers"), "declarations",
					json_object_get(r.report, "declarations")));
	bg_extract_result_done(&r);
	bg_ctx_flush(c);
	return code;
}

enum bg_exit bg_cmd_lock(struct bg_ctx *c)
{
	BG_CLEANUP(bg_tmpdir_done) struct bg_tmpdir tmp = { 0 };
	BG_CLEANUP(bg_freep) char *path = NULL;
	json_t **reports = bg_alloc((c->spec->extracts.n + 1) * sizeof(*reports)), *by = tools();
	enum bg_exit worst = BG_EXIT_OK;
	int err = bg_tmpdir_make(&tmp);

	json_object_set_new(c->doc, "spec", bg_json_text(c->spec->path));
	json_object_set_new(c->doc, "lock", json_null());
	json_object_set_new(c->doc, "extract", json_array());
	if (err) {
		bg_diag(c->ds, BG_ERROR, BG_ID_FILE, BG_NOWHERE, "cannot make a temporary folder");
		worst = BG_EXIT_ENV;
	}
	for (size_t i = 0; !err && i < c->spec->extracts.n; i++)
		worst = bg_exit_worst(worst, look_at(c, &c->spec->extracts.v[i], tmp.path, &reports[i]));
	if (worst == BG_EXIT_OK) {
		err = bg_lock_write(c->spec, by, reports, c->ds, &path);
		worst = err == -EINVAL ? BG_EXIT_USAGE : err ? BG_EXIT_ENV : BG_EXIT_OK;
		json_object_set_new(c->doc, "lock", bg_json_text(path));
	}
	for (size_t i = 0; i < c->spec->extracts.n; i++)
		json_decref(reports[i]);
	free(reports);
	json_decref(by);
	return worst;
}
