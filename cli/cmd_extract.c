// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpfgraft extract: stage 1 for the extracts of a spec, or for a place named on the command line. */
#include "cli/stages.h"
#include "core/fs.h"
#include "library/results.h"

static struct {
	char *repo, *revision, *at, *out;
	char **accept;
	int no_verify, prove_minimal, exact;
} given;

static const struct poptOption options[] = {
	{ "repo", 0, POPT_ARG_STRING, &given.repo, 0, "the repository: a folder or a git URL", "DIR|URL" },
	{ "revision", 0, POPT_ARG_STRING, &given.revision, 0,
	  "commit, tag or branch; default: the folder as it stands, or HEAD", "REV" },
	{ "at", 0, POPT_ARG_STRING, &given.at, 0,
	  "the function, by a line in it or by its name, in a file of the repository", "FILE:LINE|FILE:FUNC" },
	{ "output", 'o', POPT_ARG_STRING, &given.out, 0, "output folder; default: out, with a spec out/SPECNAME",
	  "DIR" },
	{ "accept", 0, POPT_ARG_ARGV, &given.accept, 0, "a clash of licences is known", "BGnnnn" },
	{ "no-verify", 0, POPT_ARG_NONE, &given.no_verify, 0,
	  "do not compare with upstream's whole file and do not load", NULL },
	{ "exact", 0, POPT_ARG_NONE, &given.exact, 0,
	  "keep the other functions of upstream's with which clang makes the same code", NULL },
	{ "prove-minimal", 0, POPT_ARG_NONE, &given.prove_minimal, 0,
	  "try to leave out each piece of the unit; what can go, goes", NULL },
	POPT_TABLEEND
};

const struct bg_usage bg_usage_extract = {
	.summary = "take a function out of a repository as a minimal compilable unit",
	.synopsis = (const char *const[]){ "SPEC [NAME] [-o DIR] [--no-verify|--exact|--prove-minimal]",
					   "--repo DIR|URL [--revision REV] --at FILE:LINE|FILE:FUNC [--accept ID]... "
					   "[-o DIR] [--no-verify|...] [-- CLANG-FLAGS...]",
					   NULL },
	.examples = (const char *const[]){ "bpfgraft extract specs/katran-decap.yaml",
					   "bpfgraft extract --repo ../katran --at "
					   "katran/decap/bpf/decap.bpf.c:xdpdecap -- -I. -DDECAP_TPR_STATS",
					   NULL },
	.options = options,
	.max_args = 2,
};

/* A repository and an extract as a spec would have them; flags are relative to the repository's root as there. */
static bool describe(struct bg_ctx *c, struct bg_spec_repo *repo, struct bg_spec_extract *what)
{
	char *folder = bg_is_dir(given.repo) ? bg_realpath(given.repo) : NULL;

	repo->name = (char *)bg_basename(folder ? folder : given.repo);
	repo->url = folder ? folder : bg_strdup(given.repo);
	repo->revision = given.revision;
	if (!bg_spec_split_at(given.at, &what->file, &what->line, &what->function)) {
		bg_usage_error(c, "'--at %s' is neither FILE:LINE nor FILE:FUNCTION", given.at);
		return false;
	}
	what->name = what->function ? what->function : (char *)bg_basename(what->file);
	what->from = repo->name;
	bg_strv_extend(&what->cflags, &c->flags);
	for (char **id = given.accept; id && *id; id++)
		bg_strv_add(&what->accept, *id);
	return true;
}

static enum bg_exit extract_place(struct bg_ctx *c)
{
	struct bg_spec_repo repo = { 0 };
	struct bg_spec_extract what = { 0 };
	struct bg_extract_result r = { 0 };
	struct bg_extract_job job = {
		.repo = &repo, .what = &what, .dir = given.out ? given.out : "out", .verify = !given.no_verify,
		.prove_minimal = given.prove_minimal, .exact = given.exact, .offline = c->global.offline,
	};
	enum bg_exit code = BG_EXIT_USAGE;

	bg_results_init(c->doc, NULL, job.dir);
	if (describe(c, &repo, &what)) {
		bg_progress("extract %s", given.at);
		code = bg_extract_run(&job, c->ds, &r);
		bg_results_extract(c->doc, r.entry ? r.entry : what.name, code, &r);
		bg_results_summary(c->doc);
	}
	bg_progress_clear();
	bg_extract_result_done(&r);
	bg_strv_done(&what.cflags);
	bg_strv_done(&what.accept);
	free(what.file);
	free(what.function);
	free(repo.url);
	return code;
}

enum bg_exit bg_cmd_extract(struct bg_ctx *c)
{
	struct bg_pipeline_job job = { .steps = BG_STEP_EXTRACT,
				       .goal = BG_GOAL_EXTRACT,
				       .out = given.out,
				       .no_compare = given.no_verify,
				       .prove_minimal = given.prove_minimal,
				       .exact = given.exact };

	if (given.no_verify && given.prove_minimal)
		return bg_usage_error(
			c,
			"'--prove-minimal' compares every trial with the unit, so it does not go with '--no-verify'");
	if (given.no_verify && given.exact)
		return bg_usage_error(
			c, "'--exact' compares the unit with upstream's object, so it does not go with '--no-verify'");
	if (!c->spec && c->args.n)
		return bg_usage_error(c, "'%s' is no spec: its name does not end in .yaml", c->args.v[0]);
	if (!c->spec && !given.repo && !given.at)
		return bg_usage_error(c, "either a spec or '--repo' and '--at' must be given");
	if (!c->spec && (!given.repo || !given.at))
		return bg_usage_error(c, "option '--%s' is missing", given.repo ? "at" : "repo");
	if (!c->spec)
		return extract_place(c);
	if (given.repo || given.at || given.revision || given.accept || c->flags.n)
		return bg_usage_error(
			c,
			"only '-o', '--no-verify', '--exact' and '--prove-minimal' go with a spec: it says the rest");
	job.name = c->args.n > 1 ? c->args.v[1] : NULL;
	return bg_stages(c, job);
}
