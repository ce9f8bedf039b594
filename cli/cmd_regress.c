// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpfgraft regress: what upstream did to the units of specs since they were locked. */
#include "cli/opt.h"
#include "cli/regress_out.h"
#include "core/fs.h"
#include "regress/regress.h"

static struct {
	char *to, *range, *until, *fail_on, *name, *out, *sarif, *junit, *markdown;
	int bisect, list;
} given;

static const struct poptOption options[] = {
	{ "to", 0, POPT_ARG_STRING, &given.to, 0,
	  "the branch, tag or commit to compare with; default: upstream's default branch", "REV" },
	{ "range", 0, POPT_ARG_STRING, &given.range, 0,
	  "compare B with A instead of the locked commit, and each commit between with the one before it", "A..B" },
	{ "bisect", 0, POPT_ARG_NONE, &given.bisect, 0, "name the commits that changed and that broke a unit", NULL },
	{ "name", 0, POPT_ARG_STRING, &given.name, 0, "only the extract of this name", "NAME" },
	{ "until", 0, POPT_ARG_STRING, &given.until, 0, "how far a unit that has changed is taken; default: compose",
	  "closure|extract|transform|compose" },
	{ "fail-on", 0, POPT_ARG_STRING, &given.fail_on, 0, "what is exit code 1, whatever the specs' on_change says",
	  "broken|changed" },
	{ "output", 'o', POPT_ARG_STRING, &given.out, 0, "keep the units of the new commit here, in DIR/SPECNAME",
	  "DIR" },
	{ "list", 0, POPT_ARG_NONE, &given.list, 0,
	  "only list what would be compared; with --json as a CI system's matrix", NULL },
	{ "sarif", 0, POPT_ARG_STRING, &given.sarif, 0, "write the result as SARIF 2.1.0 as well", "FILE" },
	{ "junit", 0, POPT_ARG_STRING, &given.junit, 0, "write the result as JUnit XML as well", "FILE" },
	{ "markdown", 0, POPT_ARG_STRING, &given.markdown, 0, "write the result as Markdown as well", "FILE" },
	POPT_TABLEEND
};

const struct bg_usage bg_usage_regress = {
	.summary = "tell what upstream did to the units of specs since they were locked, and whether they still work",
	.synopsis = (const char *const[]){ "SPEC... [--to REV|--range A..B] [--bisect] [--name NAME] [--until STAGE] "
					   "[--fail-on WHAT] [-o DIR]",
					   "SPEC... [--sarif FILE] [--junit FILE] [--markdown FILE] [--bisect|...]",
					   "SPEC... --list [--name NAME]", NULL },
	.examples =
		(const char *const[]){
			"bpfgraft regress specs/katran-decap.yaml --bisect",
			"bpfgraft regress specs/*.yaml --json --sarif regress.sarif",
			"bpfgraft regress specs/katran-decap.yaml --range 19f08fec~20..19f08fec --until closure",
			NULL },
	.options = options,
	.min_args = 1,
	.max_args = 1000,
};

/* "A..B" in two. */
static bool split_range(const char *range, char **ret_from, char **ret_to)
{
	const char *dots = strstr(range, "..");

	if (!dots || dots == range || !dots[2] || dots[2] == '.')
		return false;
	*ret_from = bg_strndup(range, (size_t)(dots - range));
	*ret_to = bg_strdup(dots + 2);
	return true;
}

static bool understood(struct bg_ctx *c, struct bg_regress_job *job, char **from, char **to)
{
	static const char *const stages[] = { "closure", "extract", "transform", "compose", NULL };
	static const char *const failures[] = { "broken", "changed", NULL };
	int until = given.until ? bg_opt_choice(given.until, stages) : BG_REGRESS_COMPOSE,
	    fail = given.fail_on ? bg_opt_choice(given.fail_on, failures) + 1 : 0;

	if (given.to && given.range)
		bg_usage_error(c, "'--to' and '--range' both say what to compare with");
	else if (given.range && !split_range(given.range, from, to))
		bg_usage_error(c, "'--range %s' is not A..B", given.range);
	else if (until < 0)
		bg_usage_error(c, "option '--until' takes closure, extract, transform or compose, not '%s'",
			       given.until);
	else if (given.fail_on && !fail)
		bg_usage_error(c, "option '--fail-on' takes broken or changed, not '%s'", given.fail_on);
	else if (given.list &&
		 (given.to || given.range || given.bisect || given.sarif || given.junit || given.markdown))
		bg_usage_error(c, "'--list' compares nothing");
	else {
		job->to = *to ? *to : given.to;
		job->from = *from;
		job->each = *from;
		job->until = (enum bg_regress_until)until;
		job->fail_on = (enum bg_regress_fail)fail;
		return true;
	}
	return false;
}

enum bg_exit bg_cmd_regress(struct bg_ctx *c)
{
	struct bg_regress_job job = { .specs = &c->args,
				      .name = given.name,
				      .bisect = given.bisect,
				      .out = given.out,
				      .offline = c->global.offline,
				      .locked = c->global.locked };
	BG_CLEANUP(bg_freep) char *from = NULL, *to = NULL;
	enum bg_exit code = BG_EXIT_USAGE;

	if (!understood(c, &job, &from, &to))
		return code;
	if (given.list)
		return bg_regress_list(&job, c->ds, c->doc);
	code = bg_regress_run(&job, c->ds, c->doc);
	return bg_regress_write(c, given.sarif, given.junit, given.markdown, code);
}
