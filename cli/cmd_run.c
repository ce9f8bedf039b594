// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpfgraft run: the stages one after the other over a spec, and what came out of them in one table. */
#include "cli/opt.h"
#include "cli/render.h"
#include "cli/stages.h"
#include "library/results.h"
#include "report/report.h"

static struct {
	char *until, *out;
	int apply, exact, report;
} given;

static const struct poptOption options[] = {
	{ "until", 0, POPT_ARG_STRING, &given.until, 0, "stop after this stage", "extract|transform|compose" },
	{ "output", 'o', POPT_ARG_STRING, &given.out, 0, "output folder, default out/SPECNAME", "DIR" },
	{ "exact", 0, POPT_ARG_NONE, &given.exact, 0,
	  "extracts keep the other functions of upstream's with which clang makes the same code", NULL },
	{ "apply", 0, POPT_ARG_NONE, &given.apply, 0, "attach the datapaths; without it they are planned", NULL },
	{ "report", 0, POPT_ARG_NONE, &given.report, 0,
	  "write report.html to the output folder, and measure what chains cost", NULL },
	POPT_TABLEEND
};

const struct bg_usage bg_usage_run = {
	.summary = "run all stages of a spec: extract, transform, verify, compose",
	.synopsis = (const char *const[]){ "SPEC [--until STAGE] [-o DIR] [--exact] [--apply] [--report]", NULL },
	.examples = (const char *const[]){ "bpfgraft run specs/katran-decap.yaml",
		"bpfgraft run specs/katran-decap.yaml --until transform -o /tmp/decap",
		"bpfgraft run specs/katran-decap.yaml --apply", "bpfgraft run specs/katran-decap.yaml --report", NULL },
	.options = options, .min_args = 1, .max_args = 1,
};

/* The page of the run, and the document that it is made of, whatever came of the run. Returns the exit code of both. */
static enum bg_exit report(struct bg_ctx *c, enum bg_exit code)
{
	const char *out = json_string_value(json_object_get(c->doc, "out"));
	BG_CLEANUP(bg_freep)
	char *run = out ? bg_join(out, BG_RUN_FILE) : NULL,
	     *page = out ? bg_join(out, BG_REPORT_FILE) : NULL;
	json_t *doc;
	int err;

	if (!out || !bg_is_dir(out)) /* a usage error, or no folder to write to: said by whoever found out */
		return code;
	doc = bg_render_document(c, code);
	err = bg_write_json(run, doc);
	json_decref(doc);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(c->ds, BG_ERROR, BG_ID_FILE, BG_AT(run, 0, 0), "cannot write: %s", why);
	}
	if (err || bg_report_write(out, page, c->ds))
		return bg_exit_worst(code, BG_EXIT_ENV);
	json_object_set_new(c->doc, "report", bg_json_text(page));
	return code;
}

enum bg_exit bg_cmd_run(struct bg_ctx *c)
{
	static const char *const stages[] = { "extract", "transform", "compose", NULL };
	int last = given.until ? bg_opt_choice(given.until, stages) : 2;
	struct bg_pipeline_job job = {
		.steps = BG_STEP_EXTRACT, .goal = BG_GOAL_ALL, .out = given.out, .exact = given.exact
	};

	if (last < 0)
		return bg_usage_error(c, "option '--until' takes extract, transform or compose, not '%s'", given.until);
	if (given.apply && last < 2)
		return bg_usage_error(c, "'--apply' attaches what 'compose' makes, but '--until %s' stops before it",
				      given.until);
	if (last >= 1)
		job.steps |= BG_STEP_TRANSFORM | BG_STEP_VERIFY;
	if (last >= 2)
		job.steps |= given.apply ? BG_STEP_APPLY : BG_STEP_PLAN;
	job.measure = given.report;
	job.alone = given.report;
	if (!given.report)
		return bg_stages(c, job);
	return report(c, bg_stages(c, job));
}
