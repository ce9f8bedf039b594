// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpfgraft lock: what a spec means today, written beside it. It decides nothing: with an open question nothing is
 * written. */
#include <bpf/libbpf.h>
#include <sys/utsname.h>

#include "cli/cmd.h"
#include "core/compile.h"
#include "core/fs.h"
#include "core/lock.h"
#include "core/proc.h"
#include "extract/extract.h"
#include "library/results.h"
#include "regress/diag_ids.h"
#include "regress/regress.h"
#include "transform/transform.h"

static struct {
	int no_verify;
} given;

static const struct poptOption options[] = {
	{ "no-verify", 0, POPT_ARG_NONE, &given.no_verify, 0,
	  "do not compile and load the units: without the figures that 'regress' compares", NULL },
	POPT_TABLEEND
};

const struct bg_usage bg_usage_lock = {
	.summary = "record what a spec means today: commits, declarations, answers, in bpfgraft.lock beside it",
	.synopsis = (const char *const[]){ "SPEC [--no-verify]", NULL },
	.options = options,
	.examples = (const char *const[]){ "bpfgraft lock specs/katran-decap.yaml", NULL },
	.min_args = 1,
	.max_args = 1,
};

/* {tool, clang, libbpf, spatch, kernel}; what is not there is null. New reference. */
static json_t *tools(void)
{
	BG_CLEANUP(bg_freep) char *clang = bg_proc_version(bg_clang()), *spatch = bg_proc_version(bg_spatch());
	struct utsname u;

	return json_pack("{s:s, s:s*, s:s, s:s*, s:s*}", "tool", BG_VERSION, "clang", clang, "libbpf",
			 libbpf_version_string(), "spatch", spatch, "kernel", uname(&u) == 0 ? u.release : NULL);
}

/* Extracts one item into a folder that nobody sees. */
static enum bg_exit extract(struct bg_ctx *c, const struct bg_spec_extract *e, const char *dir, bool verify,
			    struct bg_diags *ds, struct bg_extract_result *ret)
{
	struct bg_extract_job job = { .repo = bg_spec_repo(c->spec, e->from),
				      .what = e,
				      .dir = dir,
				      .basename = e->name,
				      .verify = verify,
				      .offline = c->global.offline };

	return bg_extract_run(&job, ds, ret);
}

static const char *first_error(const struct bg_diags *ds)
{
	for (size_t i = 0; i < bg_diags_count(ds); i++)
		if (bg_diags_get(ds, i)->severity == BG_ERROR)
			return bg_diags_get(ds, i)->message;
	return "it is not known why";
}

/*
 * What 'regress' compares the next unit with: its size, and what the verifier makes of it. That a unit does not compile
 * or load is no reason not to lock what it is.
 */
static json_t *figures_of(struct bg_ctx *c, const struct bg_spec_extract *e, const char *dir)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *said = bg_diags_new();
	struct bg_extract_result r = { 0 };
	json_t *figures;

	extract(c, e, dir, true, said, &r);
	figures = bg_regress_figures(r.report);
	if (json_is_null(json_object_get(r.report, "instructions")) || !r.report)
		bg_diag(c->ds, BG_NOTE, BG_ID_NO_FIGURES, BG_AT(c->spec->path, e->at.line, e->at.col),
			"'%s' is locked without the number of its instructions: %s", e->name, first_error(said));
	bg_extract_result_done(&r);
	return figures;
}

/* The facts of one extract; for the figures it is compiled and loaded as well. */
static enum bg_exit look_at(struct bg_ctx *c, const struct bg_spec_extract *e, const char *dir,
			    struct bg_lock_unit *ret)
{
	struct bg_extract_result r = { 0 };
	enum bg_exit code;

	bg_progress("lock %s", e->name);
	code = extract(c, e, dir, false, c->ds, &r);
	ret->report = json_incref(r.report);
	if (code == BG_EXIT_OK && !given.no_verify)
		ret->figures = figures_of(c, e, dir);
	bg_progress_clear();
	json_array_append_new(json_object_get(c->doc, "extract"),
			      json_pack("{s:s, s:i, s:O?, s:O?, s:O?, s:O?}", "name", e->name, "exit", (int)code,
					"revision", json_object_get(r.report, "revision"), "answers",
					json_object_get(r.report, "answers"), "declarations",
					json_object_get(r.report, "declarations"), "figures", ret->figures));
	bg_extract_result_done(&r);
	bg_ctx_flush(c);
	return code;
}

enum bg_exit bg_cmd_lock(struct bg_ctx *c)
{
	BG_CLEANUP(bg_tmpdir_done) struct bg_tmpdir tmp = { 0 };
	BG_CLEANUP(bg_freep) char *path = NULL;
	struct bg_lock_unit *units = bg_alloc((c->spec->extracts.n + 1) * sizeof(*units));
	json_t *by = tools();
	enum bg_exit worst = BG_EXIT_OK;
	int err = 0;

	if (c->global.locked) {
		free(units);
		json_decref(by);
		return bg_usage_error(c, "'--locked' refuses what is not as locked, and 'lock' is what locks it");
	}
	err = bg_tmpdir_make(&tmp);
	json_object_set_new(c->doc, "spec", bg_json_text(c->spec->path));
	json_object_set_new(c->doc, "lock", json_null());
	json_object_set_new(c->doc, "extract", json_array());
	if (err) {
		bg_diag(c->ds, BG_ERROR, BG_ID_FILE, BG_NOWHERE, "cannot make a temporary folder");
		worst = BG_EXIT_ENV;
	}
	for (size_t i = 0; !err && i < c->spec->extracts.n; i++)
		worst = bg_exit_worst(worst, look_at(c, &c->spec->extracts.v[i], tmp.path, &units[i]));
	if (worst == BG_EXIT_OK) {
		err = bg_lock_write(c->spec, by, units, c->ds, &path);
		worst = err == -EINVAL ? BG_EXIT_USAGE : err ? BG_EXIT_ENV : BG_EXIT_OK;
		json_object_set_new(c->doc, "lock", bg_json_text(path));
	}
	for (size_t i = 0; i < c->spec->extracts.n; i++) {
		json_decref(units[i].report);
		json_decref(units[i].figures);
	}
	free(units);
	json_decref(by);
	return worst;
}
