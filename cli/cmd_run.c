// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpfgraft run: the stages one after the other over a spec, and what came out of them in one table. */
#include "cli/opt.h"
#include "cli/stages.h"

static struct {
	char *until, *out;
	int apply, exact;
} given;

static const struct poptOption options[] = {
	{ "until", 0, POPT_ARG_STRING, &given.until, 0, "stop after this stage", "extract|transform|compose" },
	{ "output", 'o', POPT_ARG_STRING, &given.out, 0, "output folder, default out/SPECNAME", "DIR" },
	{ "exact", 0, POPT_ARG_NONE, &given.exact, 0,
	  "extracts keep the other functions of upstream's with which clang makes the same code", NULL },
	{ "apply", 0, POPT_ARG_NONE, &given.apply, 0, "attach the datapaths; without it they are planned", NULL },
	POPT_TABLEEND
};

const struct bg_usage bg_usage_run = {
	.summary = "run all stages of a spec: extract, transform, verify, compose",
	.synopsis = (const char *const[]){ "SPEC [--until STAGE] [-o DIR] [--exact] [--apply]", NULL },
	.examples = (const char *const[]){ "bpfgraft run specs/katran-decap.yaml",
		"bpfgraft run specs/katran-decap.yaml --until transform -o /tmp/decap",
		"bpfgraft run specs/katran-decap.yaml --apply", NULL },
	.options = options, .min_args = 1, .max_args = 1,
};

enum bg_exit bg_cmd_run(struct bg_ctx *c)
{
	static const char *const stages[] = { "extract", "transform", "compose", NULL };
	int last = given.until ? bg_opt_choice(given.until, stages) : 2;
	struct bg_pipeline_job job = { .steps = BG_STEP_EXTRACT, .goal = BG_GOAL_ALL, .out = given.out, .exact = given.exact };

	if (last < 0)
		return bg_usage_error(c, "option '--until' takes extract, transform or compose, not '%s'", given.until);
	if (given.apply && last < 2)
		return bg_usage_error(c, "'--apply' attaches what 'compose' makes, but '--until %s' stops before it",
				      given.until);
	if (last >= 1)
		job.steps |= BG_STEP_TRANSFORM | BG_STEP_VERIFY;
	if (last >= 2)
		job.steps |= given.apply ? BG_STEP_APPLY : BG_STEP_PLAN;
	return bg_stages(c, job);
}
