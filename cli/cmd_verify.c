// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * bpfgraft verify: original and port on the same packets, for a spec's transforms or for two objects; what has no port
 * is loaded and run alone.
 */
#include "cli/opt.h"
#include "cli/stages.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"
#include "library/results.h"

static struct {
	char *from, *to, *entry, *pass, *out, *maps;
	char **vectors, **kernels;
	int generate, seed, wire;
} given;

static const struct poptOption options[] = {
	{ "from", 0, POPT_ARG_STRING, &given.from, 0, "hook of the original", "HOOK" },
	{ "to", 0, POPT_ARG_STRING, &given.to, 0, "hook of the port", "HOOK" },
	{ "entry", 0, POPT_ARG_STRING, &given.entry, 0, "the program's function, the same in both", "FUNC" },
	{ "pass", 0, POPT_ARG_STRING, &given.pass, 0, "what the port does to let a packet pass; default accept",
	  "accept|continue" },
	{ "vectors", 0, POPT_ARG_ARGV, &given.vectors, 0, "packets: .yaml, .pcap or .pcapng", "FILE" },
	{ "generate", 0, POPT_ARG_INT, &given.generate, 0, "how many packets to generate; default: the verifier's",
	  "N" },
	{ "seed", 0, POPT_ARG_INT, &given.seed, 0, "of chance in what is generated; default: the verifier's", "N" },
	{ "maps", 0, POPT_ARG_STRING, &given.maps, 0, "contents of maps before the first packet, as in a spec",
	  "FILE.yaml" },
	{ "kernel", 0, POPT_ARG_ARGV, &given.kernels, 0, "on another kernel too, in a virtual machine",
	  "VERSION|IMAGE" },
	{ "wire", 0, POPT_ARG_NONE, &given.wire, 0, "on veth devices in network namespaces of their own too", NULL },
	{ "output", 'o', POPT_ARG_STRING, &given.out, 0, "output folder of a spec's results, default out/SPECNAME",
	  "DIR" },
	POPT_TABLEEND
};

const struct bg_usage bg_usage_verify = {
	.summary = "run original and port on the same packets in the kernel and compare what they leave",
	.synopsis =
		(const char *const[]){
			"SPEC [NAME] [-o DIR] [--wire] [--kernel VERSION|IMAGE]...",
			"A.bpf.o B.bpf.o --from HOOK --to HOOK --entry FUNC [--pass HOW] [--vectors FILE]... "
			"[--generate N] [--seed N] [--wire]",
			"A.bpf.o B.bpf.o --from HOOK --to HOOK --entry FUNC [--maps FILE] [--kernel VERSION|IMAGE]...",
			"UNIT.bpf.o --entry FUNC [--from HOOK] [--vectors FILE]... [--generate N] [--seed N] "
			"[--maps FILE] [--kernel VERSION|IMAGE]...",
			NULL },
	.examples = (const char *const[]){ "bpfgraft verify specs/katran-decap.yaml --wire",
					   "bpfgraft verify decap.bpf.o decap_tc.bpf.o --from xdp --to tc --entry "
					   "xdpdecap --vectors gue.yaml",
					   "bpfgraft verify specs/katran-balancer.yaml balancer --kernel 6.1", NULL },
	.options = options,
	.min_args = 1,
	.max_args = 2,
};

/* What is wrong with the objects and hooks, as a usage error; BG_EXIT_OK: nothing. */
static enum bg_exit check_sides(struct bg_ctx *c, bool alone)
{
	const char *missing = !given.from && !alone ? "from"
			      : !given.to && !alone ? "to"
			      : !given.entry	    ? "entry"
						    : NULL;
	const char *idle = !alone	? NULL
			   : given.to	? "to"
			   : given.pass ? "pass"
			   : given.wire ? "wire"
					: NULL;

	if (idle)
		return bg_usage_error(c, "option '--%s' needs two objects, the original and its port, or a spec whose "
					 "name ends in .yaml", idle);
	if (missing)
		return bg_usage_error(c, "option '--%s' is missing", missing);
	return BG_EXIT_OK;
}

static enum bg_exit describe(struct bg_ctx *c, struct bg_verify_job *job, struct bg_spec_verify *what)
{
	static const char *const passes[] = { "accept", "continue", NULL };
	int pass = given.pass ? bg_opt_choice(given.pass, passes) : 0;
	bool alone = c->args.n < 2;

	if (check_sides(c, alone) != BG_EXIT_OK)
		return BG_EXIT_USAGE;
	if (pass < 0)
		return bg_usage_error(c, "option '--pass' takes accept or continue, not '%s'", given.pass);
	if (given.generate < 0)
		return bg_usage_error(c, "option '--generate' takes a number of packets, not '%d'", given.generate);
	if (given.seed < 0)
		return bg_usage_error(c, "option '--seed' takes a number from 0 on, not '%d'", given.seed);
	for (char **v = given.vectors; v && *v; v++)
		bg_strv_add(&what->vectors, *v);
	what->generate = (unsigned)given.generate;
	what->seed = (unsigned)given.seed;
	*job = (struct bg_verify_job){
		.object_a = c->args.v[0], .object_b = alone ? NULL : c->args.v[1],
		.entry_a = given.entry, .entry_b = given.entry,
		.hook_a = given.from ? bg_hook_by_name(given.from, c->ds) : NULL,
		.hook_b = given.to ? bg_hook_by_name(given.to, c->ds) : NULL,
		.pass = pass ? BG_PASS_CONTINUE : BG_PASS_ACCEPT, .what = what, .wire = given.wire,
	};
	return (job->hook_a || !given.from) && (job->hook_b || !given.to) ? BG_EXIT_OK : BG_EXIT_USAGE;
}

/* Objects are anybody's files here. */
static bool are_sound(struct bg_ctx *c)
{
	for (size_t i = 0; i < c->args.n; i++)
		if (bg_exists(c->args.v[i]) && !bg_object_opens(c->args.v[i])) {
			bg_diag(c->ds, BG_ERROR, BG_ID_LOAD_OPEN, BG_AT(c->args.v[i], 0, 0),
				"the object is damaged: libbpf does not survive opening it");
			return false;
		}
	return true;
}

static void take_kernels(struct bg_strv *ret)
{
	for (char **k = given.kernels; k && *k; k++)
		bg_strv_add(ret, *k);
}

/* What the section of an object's program says; NULL: no hook of ours, or no such program, which loading will say. */
static const struct bg_hook *hook_of(const char *object, const char *entry, struct bg_diags *ds)
{
	BG_CLEANUP(bg_object_closep) struct bpf_object *obj = NULL;
	const struct bpf_program *prog;
	char *said;

	bg_log_capture_start();
	obj = bpf_object__open_file(object, NULL);
	said = bg_log_capture_take();
	free(said);
	prog = obj ? bpf_object__find_program_by_name(obj, entry) : NULL;
	return prog ? bg_hook_by_section(bpf_program__section_name(prog), ds) : NULL;
}

/* A mapping of maps, as 'maps' of a spec's 'verify'. */
static int read_maps(struct bg_ctx *c, struct bg_spec_verify *what, struct bg_yaml **ret)
{
	if (!given.maps)
		return 0;
	if (bg_yaml_load(given.maps, 0, c->ds, ret))
		return -EINVAL;
	what->maps = bg_yaml_root(*ret);
	if (what->maps->kind == BG_NODE_MAP)
		return 0;
	bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_VALUE, BG_AT(given.maps, 1, 1), "a mapping of maps is needed");
	return -EINVAL;
}

static enum bg_exit verify_objects(struct bg_ctx *c)
{
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *maps = NULL;
	struct bg_strv kernels = { 0 };
	struct bg_spec_verify what = { 0 };
	struct bg_verify_job job = { 0 };
	struct bg_verify_result r = { 0 };
	enum bg_exit code = describe(c, &job, &what);

	if (code == BG_EXIT_OK && (!are_sound(c) || read_maps(c, &what, &maps)))
		code = BG_EXIT_USAGE;
	if (code == BG_EXIT_OK && !job.hook_a)
		job.hook_a = hook_of(job.object_a, job.entry_a, c->ds);
	job.spec_path = given.maps;
	take_kernels(&kernels);
	job.kernels = &kernels;
	bg_results_init(c->doc, NULL, NULL);
	if (code == BG_EXIT_OK) {
		bg_progress("verify %s", given.entry);
		code = bg_verify_run(&job, c->ds, &r);
		bg_results_verify(c->doc, given.entry, code, &r);
	}
	bg_progress_clear();
	bg_verify_result_done(&r);
	bg_strv_done(&what.vectors);
	bg_strv_done(&kernels);
	return code;
}

enum bg_exit bg_cmd_verify(struct bg_ctx *c)
{
	struct bg_pipeline_job job = { .steps = BG_STEP_EXTRACT | BG_STEP_TRANSFORM | BG_STEP_VERIFY,
				       .goal = BG_GOAL_TRANSFORM,
				       .out = given.out, .wire = given.wire, .alone = true };
	struct bg_strv kernels = { 0 };
	enum bg_exit code;

	if (!c->spec)
		return verify_objects(c);
	if (given.from || given.to || given.entry || given.pass || given.vectors || given.generate || given.seed ||
	    given.maps)
		return bg_usage_error(c, "only '-o', '--wire' and '--kernel' go with a spec: it says the rest");
	job.name = c->args.n > 1 ? c->args.v[1] : NULL;
	take_kernels(&kernels);
	job.kernels = &kernels;
	code = bg_stages(c, job);
	bg_strv_done(&kernels);
	return code;
}
