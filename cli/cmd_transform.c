// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpfgraft transform, check, rules: stage 2 without the proof. */
#include "cli/opt.h"
#include "cli/stages.h"
#include "core/fs.h"
#include "library/results.h"

static struct {
	char *from, *to, *entry, *pass, *out, *kernel;
	char **accept;
	int include_dir, legacy;
} given;

#define HOOK_OPTIONS \
	{ "from", 0, POPT_ARG_STRING, &given.from, 0, "hook of the unit; default: by its section", "HOOK" }, \
	{ "to", 0, POPT_ARG_STRING, &given.to, 0, "hook to port it to", "HOOK" }, \
	{ "entry", 0, POPT_ARG_STRING, &given.entry, 0, "the program's function; default: the only one", "FUNC" }, \
	{ "pass", 0, POPT_ARG_STRING, &given.pass, 0, \
	  "let a packet pass by ending a chain or by going on; default accept", "accept|continue" }, \
	{ "accept", 0, POPT_ARG_ARGV, &given.accept, 0, "take a reservation knowingly", "BGnnnn" }, \
	{ "kernel", 0, POPT_ARG_STRING, &given.kernel, 0, \
	  "judge by the tables for this kernel; default: ask the running one", "VERSION" }

static const struct poptOption transform_options[] = {
	HOOK_OPTIONS,
	{ "legacy-maps", 0, POPT_ARG_NONE, &given.legacy, 0,
	  "only make legacy maps BTF maps, for the hook that the unit has", NULL },
	{ "output", 'o', POPT_ARG_STRING, &given.out, 0, "the new unit; with a spec the output folder",
	  "OUT.bpf.c|DIR" },
	POPT_TABLEEND
};

static const struct poptOption check_options[] = {
	HOOK_OPTIONS,
	POPT_TABLEEND
};

static const struct poptOption rules_options[] = {
	{ "include-dir", 0, POPT_ARG_NONE, &given.include_dir, 0, "print the folder of the runtime headers", NULL },
	POPT_TABLEEND
};

const struct bg_usage bg_usage_transform = {
	.summary = "rewrite a unit for another hook, or refuse and say where and why",
	.synopsis = (const char *const[]){
		"SPEC [NAME] [-o DIR]",
		"UNIT.bpf.c [--from HOOK] --to HOOK [--entry FUNC] [--pass HOW] [--accept ID]... [--kernel V] "
		"-o OUT.bpf.c [-- FLAGS...]",
		"UNIT.bpf.c --legacy-maps [--from HOOK] [--entry FUNC] -o OUT.bpf.c [-- CLANG-FLAGS...]",
		NULL },
	.examples = (const char *const[]){
		"bpfgraft transform specs/katran-decap.yaml decap_tc",
		"bpfgraft transform xdpdecap.bpf.c --from xdp --to tc -o decap_tc.bpf.c",
		NULL },
	.options = transform_options, .min_args = 1, .max_args = 2,
};

const struct bg_usage bg_usage_check = {
	.summary = "say whether a unit can be ported to a hook, and what stands against it",
	.synopsis = (const char *const[]){ "UNIT.bpf.c --to HOOK [--from HOOK] [--entry FUNC] [--accept BGnnnn]... "
					   "[--kernel V] [-- CLANG-FLAGS...]",
					   NULL },
	.examples = (const char *const[]){ "bpfgraft check xdpdecap.bpf.c --to tc",
					   "bpfgraft check tcdecap.bpf.c --to lwt-xmit --kernel 6.1", NULL },
	.options = check_options,
	.min_args = 1,
	.max_args = 1,
};

const struct bg_usage bg_usage_rules = {
	.summary = "list the transformation rules",
	.synopsis = (const char *const[]){ "[--include-dir]", NULL },
	.examples = (const char *const[]){ "bpfgraft rules", "clang-19 -I$(bpfgraft rules --include-dir) ...", NULL },
	.options = rules_options,
};

/* Popt's list of repeated values as ours. */
static void take_list(struct bg_strv *to, char *const *list)
{
	for (; list && *list; list++)
		bg_strv_add(to, *list);
}

/* The ad-hoc form's options as a job. accept is the caller's, to be released. */
static enum bg_exit describe(struct bg_ctx *c, struct bg_transform_job *job, struct bg_strv *accept)
{
	static const char *const passes[] = { "accept", "continue", NULL };
	int pass = given.pass ? bg_opt_choice(given.pass, passes) : 0;

	if (c->args.n > 1)
		return bg_usage_error(c, "unexpected argument '%s'", c->args.v[1]);
	if (given.legacy && (given.to || given.pass || given.accept))
		return bg_usage_error(c, "'--legacy-maps' keeps the hook: no '--to', '--pass', '--accept'");
	if (!given.to && !given.legacy)
		return bg_usage_error(c, "option '--to' is missing");
	if (pass < 0)
		return bg_usage_error(c, "option '--pass' takes accept or continue, not '%s'", given.pass);
	take_list(accept, given.accept);
	*job = (struct bg_transform_job){
		.source = c->args.v[0], .entry = given.entry, .pass = pass ? BG_PASS_CONTINUE : BG_PASS_ACCEPT,
		.cflags = &c->flags, .accept = accept, .kernel = given.kernel, .out = given.out, .load = true,
	};
	job->to = given.to ? bg_hook_by_name(given.to, c->ds) : NULL;
	if (given.from)
		job->from = bg_hook_by_name(given.from, c->ds);
	return (job->to || !given.to) && (job->from || !given.from) ? BG_EXIT_OK : BG_EXIT_USAGE;
}

/* OUT.bpf.c without folder and suffix: the port's name. Caller frees. */
static char *unit_name(const char *path)
{
	const char *base = bg_basename(path);

	return bg_strndup(base, strcspn(base, "."));
}

static enum bg_exit transform_unit(struct bg_ctx *c)
{
	struct bg_strv accept = { 0 };
	struct bg_transform_job job = { 0 };
	struct bg_transform_result r = { 0 };
	BG_CLEANUP(bg_freep) char *name = NULL;
	enum bg_exit code = describe(c, &job, &accept);

	bg_results_init(c->doc, NULL, NULL);
	if (code == BG_EXIT_OK && !given.out)
		code = bg_usage_error(c, "option '-o OUT.bpf.c' is missing");
	if (code == BG_EXIT_OK) {
		bg_progress("transform %s", job.source);
		code = bg_transform_run(&job, c->ds, &r);
		name = unit_name(given.out);
		bg_results_transform(c->doc, name, NULL, code, &r);
		bg_results_summary(c->doc);
	}
	bg_progress_clear();
	bg_transform_result_done(&r);
	bg_strv_done(&accept);
	return code;
}

enum bg_exit bg_cmd_transform(struct bg_ctx *c)
{
	struct bg_pipeline_job job = { .steps = BG_STEP_EXTRACT | BG_STEP_TRANSFORM,
				       .goal = BG_GOAL_TRANSFORM,
				       .out = given.out };

	if (!c->spec)
		return transform_unit(c);
	if (given.from || given.to || given.entry || given.pass || given.accept || given.kernel || given.legacy ||
	    c->flags.n)
		return bg_usage_error(c, "only '-o' goes with a spec: it says the rest");
	job.name = c->args.n > 1 ? c->args.v[1] : NULL;
	return bg_stages(c, job);
}

enum bg_exit bg_cmd_check(struct bg_ctx *c)
{
	struct bg_strv accept = { 0 };
	struct bg_transform_job job = { 0 };
	json_t *report = NULL;
	enum bg_exit code = describe(c, &job, &accept);

	if (code == BG_EXIT_OK)
		code = bg_transform_check(&job, c->ds, &report);
	json_object_set_new(c->doc, "unit", bg_json_text(c->args.v[0]));
	json_object_set_new(c->doc, "feasible", code == BG_EXIT_OK   ? json_true()
						: code == BG_EXIT_NO ? json_false()
								     : json_null());
	json_object_set_new(c->doc, "report", report ? report : json_null());
	bg_strv_done(&accept);
	return code;
}

enum bg_exit bg_cmd_rules(struct bg_ctx *c)
{
	BG_CLEANUP(bg_freep) char *dir = bg_rules_dir(), *include = NULL;
	json_t *rules = NULL;

	if (!dir) {
		bg_diag(c->ds, BG_ERROR, BG_ID_DATA, BG_NOWHERE, "cannot find the rules folder");
		return BG_EXIT_ENV;
	}
	include = bg_join(dir, "include");
	json_object_set_new(c->doc, "include_dir", bg_json_text(include));
	json_object_set_new(c->doc, "rules", json_null());
	if (given.include_dir)
		return BG_EXIT_OK;
	rules = bg_transform_rules(c->ds);
	if (!rules)
		return BG_EXIT_ENV;
	json_object_set_new(c->doc, "rules", rules);
	return BG_EXIT_OK;
}
