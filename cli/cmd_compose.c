// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpfgraft compose, apply, detach, status: stage 3. */
#include "cli/stages.h"
#include "compose/compose.h"
#include "library/results.h"

static struct {
	char *out, *netns, *registry;
	char **emit; /* popt's list, one element longer than its words */
	int dry_run, stats;
	bool only_changed;
} given;

#define OUTPUT_OPTION { "output", 'o', POPT_ARG_STRING, &given.out, 0, "output folder, default out/SPECNAME", "DIR" }
#define NETNS_OPTION \
	{ "netns", 0, POPT_ARG_STRING, &given.netns, 0, \
	  "network namespace, a name under /run/netns; default: the current one", "NAME" }

static const struct poptOption compose_options[] = {
	OUTPUT_OPTION,
	{ "emit", 0, POPT_ARG_ARGV, &given.emit, 0, "write what hands the datapaths over, too",
	  "bpfman|l3af|skeleton" },
	{ "registry", 0, POPT_ARG_STRING, &given.registry, 0, "of bpfman's images PREFIX/NAME:latest, default localhost", "PREFIX" },
	POPT_TABLEEND
};
static const struct poptOption reload_options[] = { OUTPUT_OPTION, POPT_TABLEEND };
static const struct poptOption apply_options[] = {
	OUTPUT_OPTION,
	{ "dry-run", 'n', POPT_ARG_NONE, &given.dry_run, 0, "print the plan and change nothing", NULL },
	POPT_TABLEEND
};
static const struct poptOption interface_options[] = { NETNS_OPTION, POPT_TABLEEND };

static const struct poptOption status_options[] = {
	NETNS_OPTION,
	{ "stats", 0, POPT_ARG_NONE, &given.stats, 0, "count for a second: runs of each program, and ns a run; what counted chains say of each member", NULL },
	POPT_TABLEEND
};

const struct bg_usage bg_usage_compose = {
	.summary = "build a spec's datapaths and print what attaching them would do",
	.synopsis = (const char *const[]){ "SPEC [-o DIR] [--emit bpfman|l3af|skeleton]... [--registry PREFIX]", NULL },
	.examples = (const char *const[]){ "bpfgraft compose specs/katran-decap.yaml",
					   "bpfgraft compose specs/katran-decap.yaml --emit bpfman --registry quay.io/me", NULL },
	.options = compose_options, .min_args = 1, .max_args = 1,
};

const struct bg_usage bg_usage_apply = {
	.summary = "attach a spec's datapaths; what was there before is replaced in one step, a failure is rolled back",
	.synopsis = (const char *const[]){ "SPEC [--dry-run] [-o DIR]", NULL },
	.examples = (const char *const[]){ "bpfgraft apply specs/katran-decap.yaml --dry-run",
					   "bpfgraft apply specs/katran-decap.yaml", NULL },
	.options = apply_options, .min_args = 1, .max_args = 1,
};

const struct bg_usage bg_usage_reload = {
	.summary = "apply what changed in a spec; a datapath that is attached as the spec says stays, with what its maps hold",
	.synopsis = (const char *const[]){ "SPEC [-o DIR]", NULL },
	.examples = (const char *const[]){ "bpfgraft reload specs/katran-decap.yaml", NULL },
	.options = reload_options, .min_args = 1, .max_args = 1,
};

const struct bg_usage bg_usage_detach = {
	.summary = "take down a spec's datapaths, or all of ours on an interface",
	.synopsis = (const char *const[]){ "SPEC", "IFACE [--netns NAME]", NULL },
	.examples = (const char *const[]){ "bpfgraft detach specs/katran-decap.yaml", "bpfgraft detach eth0", NULL },
	.options = interface_options, .min_args = 1, .max_args = 1,
};

const struct bg_usage bg_usage_status = {
	.summary = "show what is attached to interfaces, in the order in which it runs",
	.synopsis = (const char *const[]){ "[IFACE] [--netns NAME] [--stats]", NULL },
	.examples = (const char *const[]){ "bpfgraft status", "bpfgraft status veth0 --netns blue --stats", NULL },
	.options = status_options, .max_args = 1,
};

const struct bg_usage bg_usage_repair = {
	.summary = "clear what interrupted changes and vanished interfaces left",
	.synopsis = (const char *const[]){ "", NULL },
	.examples = (const char *const[]){ "bpfgraft repair", NULL },
	.max_args = 0,
};

const struct bg_usage bg_usage_config = {
	.summary = "show the global variables of attached datapaths, or set one while packets pass",
	.synopsis = (const char *const[]){ "[NAME]", "set NAME VALUE", NULL },
	.examples = (const char *const[]){ "bpfgraft config edge", "bpfgraft config set edge.limiter.per_second 5000", NULL },
	.max_args = 3,
};

/* enum bg_emit of the words given; false, said, when one is none. */
static bool take_emit(struct bg_ctx *c, unsigned *ret)
{
	static const char *const words[] = { "bpfman", "l3af", "skeleton" };
	static const unsigned what[] = { BG_EMIT_BPFMAN, BG_EMIT_L3AF, BG_EMIT_SKELETON };

	*ret = 0;
	for (char **word = given.emit; word && *word; word++) {
		size_t i = 0;

		while (i < BG_ARRAY_SIZE(words) && strcmp(*word, words[i]))
			i++;
		if (i == BG_ARRAY_SIZE(words)) {
			bg_usage_error(c, "'--emit' takes bpfman, l3af or skeleton, not '%s'", *word);
			return false;
		}
		*ret |= what[i];
	}
	return true;
}

/* A spec without a chain has nothing to attach: that is a mistake, not success. */
static enum bg_exit run_chains(struct bg_ctx *c, unsigned steps)
{
	struct bg_pipeline_job job = { .steps = steps, .goal = BG_GOAL_COMPOSE, .out = given.out, .only_changed = given.only_changed,
				       .registry = given.registry };

	if (!take_emit(c, &job.emit))
		return BG_EXIT_USAGE;
	if (given.registry && (!(job.emit & BG_EMIT_BPFMAN) || !*given.registry || given.registry[strcspn(given.registry, " \t\r\n\"'#")]))
		return bg_usage_error(c, "'--registry' is where images for '--emit bpfman' lie: 'quay.io/me'");

	if (!c->spec->composes.n)
		return bg_usage_error(c, "'%s' has no 'compose' section", c->spec->path);
	return bg_stages(c, job);
}

enum bg_exit bg_cmd_compose(struct bg_ctx *c)
{
	return run_chains(c, BG_STEP_EXTRACT | BG_STEP_TRANSFORM | BG_STEP_PLAN);
}

/* What is attached was verified: a port that is not equal to its original is not attached. */
enum bg_exit bg_cmd_apply(struct bg_ctx *c)
{
	if (given.dry_run)
		return bg_cmd_compose(c);
	return run_chains(c, BG_STEP_EXTRACT | BG_STEP_TRANSFORM | BG_STEP_VERIFY | BG_STEP_APPLY);
}

enum bg_exit bg_cmd_reload(struct bg_ctx *c)
{
	given.only_changed = true;
	return run_chains(c, BG_STEP_EXTRACT | BG_STEP_TRANSFORM | BG_STEP_VERIFY | BG_STEP_APPLY);
}

static enum bg_exit detach_one(struct bg_ctx *c, const char *name, const char *interface, const char *netns)
{
	json_t *state = NULL;
	enum bg_exit code = bg_compose_detach(name, interface, netns, c->ds, &state);

	json_array_append_new(json_object_get(c->doc, "detached"),
			      json_pack("{s:o, s:o, s:o, s:i, s:o}", "datapath", bg_json_text(name), "interface",
					bg_json_text(interface), "netns", bg_json_text(netns), "exit", (int)code,
					"state", state ? state : json_null()));
	return code;
}

enum bg_exit bg_cmd_detach(struct bg_ctx *c)
{
	enum bg_exit worst = BG_EXIT_OK;

	json_object_set_new(c->doc, "detached", json_array());
	if (!c->spec)
		return detach_one(c, NULL, c->args.v[0], given.netns);
	if (given.netns)
		return bg_usage_error(c, "'--netns' does not go with a spec: it says it");
	if (!c->spec->composes.n)
		return bg_usage_error(c, "'%s' has no 'compose' section", c->spec->path);
	for (size_t i = 0; i < c->spec->composes.n; i++) {
		const struct bg_spec_compose *d = &c->spec->composes.v[i];

		worst = bg_exit_worst(worst, detach_one(c, d->name, d->interface, d->netns));
	}
	return worst;
}

enum bg_exit bg_cmd_status(struct bg_ctx *c)
{
	json_t *rows = NULL;
	enum bg_exit code = bg_compose_status(c->args.n ? c->args.v[0] : NULL, given.netns, c->ds, &rows);

	if (!code && given.stats && bg_compose_stats(rows, 1000, c->ds))
		code = BG_EXIT_ENV;
	json_object_set_new(c->doc, "rows", rows ? rows : json_null());
	return code;
}

enum bg_exit bg_cmd_repair(struct bg_ctx *c)
{
	json_t *repaired = NULL;
	enum bg_exit code = bg_compose_repair(c->ds, &repaired);

	json_object_set_new(c->doc, "repaired", repaired);
	return code;
}

enum bg_exit bg_cmd_config(struct bg_ctx *c)
{
	bool set = c->args.n && strcmp(c->args.v[0], "set") == 0;
	const char *name = c->args.n > set ? c->args.v[set] : NULL;
	json_t *rows = NULL;
	enum bg_exit code;

	if (c->args.n != (set ? 3 : c->args.n > 1 ? 1 : c->args.n))
		return bg_usage_error(c, set ? "'config set' takes a name and a value" : "'config' takes one name, or 'set NAME VALUE'");
	code = bg_compose_config(name, set ? c->args.v[2] : NULL, c->ds, &rows);
	json_object_set_new(c->doc, "variables", rows);
	return code;
}
