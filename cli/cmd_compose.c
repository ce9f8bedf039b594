// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * bpfgraft compose, apply, reload, detach, status, repair, config: the life of a datapath, by the public library alone,
 * as any other program would (library/bpfgraft.h).
 */
#include "cli/library.h"

static struct {
	char *out, *netns, *registry;
	char **emit; /* popt's list, one element longer than its words */
	int dry_run, stats;
} given;

#define OUTPUT_OPTION { "output", 'o', POPT_ARG_STRING, &given.out, 0, "output folder, default out/SPECNAME", "DIR" }
#define NETNS_OPTION \
	{ "netns", 0, POPT_ARG_STRING, &given.netns, 0, \
	  "network namespace, a name under /run/netns; default: the current one", "NAME" }

static const struct poptOption compose_options[] = {
	OUTPUT_OPTION,
	{ "emit", 0, POPT_ARG_ARGV, &given.emit, 0, "write what hands the datapaths over, too",
	  "bpfman|l3af|skeleton" },
	{ "registry", 0, POPT_ARG_STRING, &given.registry, 0,
	  "of bpfman's images PREFIX/NAME:latest, default localhost", "PREFIX" },
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
	{ "stats", 0, POPT_ARG_NONE, &given.stats, 0,
	  "count for a second: runs of each program, and ns a run; what counted chains say of each member", NULL },
	POPT_TABLEEND
};

const struct bg_usage bg_usage_compose = {
	.summary = "build a spec's datapaths and print what attaching them would do",
	.synopsis = (const char *const[]){ "SPEC [-o DIR] [--emit bpfman|l3af|skeleton]... [--registry PREFIX]", NULL },
	.examples =
		(const char *const[]){ "bpfgraft compose specs/katran-decap.yaml",
				       "bpfgraft compose specs/katran-decap.yaml --emit bpfman --registry quay.io/me",
				       NULL },
	.options = compose_options,
	.min_args = 1,
	.max_args = 1,
};

const struct bg_usage bg_usage_apply = {
	.summary = "attach a spec's datapaths; what was there before is replaced in one step, a failure is rolled back",
	.synopsis = (const char *const[]){ "SPEC [--dry-run] [-o DIR]", NULL },
	.examples = (const char *const[]){ "bpfgraft apply specs/katran-decap.yaml --dry-run",
					   "bpfgraft apply specs/katran-decap.yaml", NULL },
	.options = apply_options, .min_args = 1, .max_args = 1,
};

const struct bg_usage bg_usage_reload = {
	.summary = "apply what changed in a spec; a datapath that is attached as the spec says stays, with what its "
		   "maps hold",
	.synopsis = (const char *const[]){ "SPEC [-o DIR]", NULL },
	.examples = (const char *const[]){ "bpfgraft reload specs/katran-decap.yaml", NULL },
	.options = reload_options,
	.min_args = 1,
	.max_args = 1,
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
	.examples = (const char *const[]){ "bpfgraft config edge", "bpfgraft config set edge.limiter.per_second 5000",
					   NULL },
	.max_args = 3,
};

/* What the plan hands over, besides. */
static enum bg_exit set_emit(struct bg_ctx *c, struct bpfgraft *b)
{
	struct bg_str words = { 0 };
	enum bg_exit code = BG_EXIT_OK;

	for (char **word = given.emit; !code && word && *word; word++) {
		if (bpfgraft_set(b, "emit", *word))
			code = bg_usage_error(c, "'--emit' takes bpfman, l3af or skeleton, not '%s'", *word);
		bg_str_addf(&words, "%s%s", words.n ? "," : "", *word);
	}
	if (!code && words.n && bpfgraft_set(b, "emit", words.s))
		bg_oom();
	if (!code && given.registry &&
	    (!strstr(words.n ? words.s : "", "bpfman") || bpfgraft_set(b, "registry", given.registry)))
		code = bg_usage_error(c, "'--registry' is where images for '--emit bpfman' lie: 'quay.io/me'");
	bg_str_done(&words);
	return code;
}

typedef int stages_fn(const struct bpfgraft *b, const struct bpfgraft_spec *spec, struct bpfgraft_result **ret);

static enum bg_exit with_spec(struct bg_ctx *c, stages_fn *call)
{
	BG_CLEANUP(bg_library_done) struct bg_library l = { 0 };
	enum bg_exit code = bg_library_start(c, c->args.v[0], given.out, &l);

	code = code ? code : set_emit(c, l.b);
	return code ? code : bg_library_answer(c, call(l.b, l.spec, &l.r), &l.r);
}

enum bg_exit bg_cmd_compose(struct bg_ctx *c)
{
	return with_spec(c, bpfgraft_plan);
}

enum bg_exit bg_cmd_apply(struct bg_ctx *c)
{
	return with_spec(c, given.dry_run ? bpfgraft_plan : bpfgraft_apply);
}

enum bg_exit bg_cmd_reload(struct bg_ctx *c)
{
	return with_spec(c, bpfgraft_reload);
}

enum bg_exit bg_cmd_detach(struct bg_ctx *c)
{
	BG_CLEANUP(bg_library_done) struct bg_library l = { 0 };

	if (bg_is_spec_name(c->args.v[0]))
		return given.netns ? bg_usage_error(c, "'--netns' does not go with a spec: it says it")
				   : with_spec(c, bpfgraft_detach_spec);
	bg_library_start(c, NULL, NULL, &l);
	return bg_library_answer(c, bpfgraft_detach(l.b, NULL, c->args.v[0], given.netns, &l.r), &l.r);
}

enum bg_exit bg_cmd_status(struct bg_ctx *c)
{
	BG_CLEANUP(bg_library_done) struct bg_library l = { 0 };
	const char *interface = c->args.n ? c->args.v[0] : NULL;
	int outcome;

	bg_library_start(c, NULL, NULL, &l);
	if (given.stats)
		outcome = bpfgraft_stats(l.b, interface, given.netns, 1000, &l.r);
	else
		outcome = bpfgraft_status(l.b, interface, given.netns, &l.r);
	return bg_library_answer(c, outcome, &l.r);
}

enum bg_exit bg_cmd_repair(struct bg_ctx *c)
{
	BG_CLEANUP(bg_library_done) struct bg_library l = { 0 };

	bg_library_start(c, NULL, NULL, &l);
	return bg_library_answer(c, bpfgraft_repair(l.b, &l.r), &l.r);
}

enum bg_exit bg_cmd_config(struct bg_ctx *c)
{
	bool set = c->args.n && strcmp(c->args.v[0], "set") == 0;
	const char *name = c->args.n > set ? c->args.v[set] : NULL;
	BG_CLEANUP(bg_library_done) struct bg_library l = { 0 };

	if (c->args.n != (set ? 3 : c->args.n > 1 ? 1 : c->args.n))
		return bg_usage_error(c, set ? "'config set' takes a name and a value"
					     : "'config' takes one name, or 'set NAME VALUE'");
	bg_library_start(c, NULL, NULL, &l);
	if (set)
		return bg_library_answer(c, bpfgraft_config_set(l.b, name, c->args.v[2], &l.r), &l.r);
	return bg_library_answer(c, bpfgraft_config_get(l.b, name, &l.r), &l.r);
}
