// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpfgraft index, query, why: the call-graph index, and the evidence beside a unit. */
#include <limits.h>

#include "cli/cmd.h"
#include "cli/opt.h"
#include "extract/query.h"

#define NO_DEPTH INT_MIN                /* no number that a person gives */

static struct {
	char *revision, *index, *focus;
	int dot, depth;
} given = { .depth = NO_DEPTH };

static const struct poptOption index_options[] = {
	{ "revision", 0, POPT_ARG_STRING, &given.revision, 0,
	  "commit, tag or branch; default: the folder as it stands, or HEAD", "REV" },
	{ "index", 0, POPT_ARG_STRING, &given.index, 0, "the index file; default: in the cache folder", "FILE" },
	POPT_TABLEEND
};

static const struct poptOption query_options[] = {
	{ "index", 0, POPT_ARG_STRING, &given.index, 0,
	  "the index file, or the spec that it was made for; default: the cache's", "FILE|SPEC" },
	{ "depth", 0, POPT_ARG_INT, &given.depth, 0,
	  "callers, callees: at most so many calls away; default: any number", "N" },
	{ "dot", 0, POPT_ARG_NONE, &given.dot, 0,
	  "callers, callees: print a call graph in the DOT language, with maps as boxes", NULL },
	{ "focus", 0, POPT_ARG_STRING, &given.focus, 0, "with --dot: only what is on paths through this function",
	  "FUNCTION" },
	POPT_TABLEEND
};

const struct bg_usage bg_usage_index = {
	.summary = "build or refresh the call-graph index of a repository or of a spec's repositories",
	.synopsis = (const char *const[]){
		"SPEC [--index FILE]",
		"DIR|URL [--revision REV] [--index FILE] [-- CLANG-FLAGS...]",
		NULL },
	.examples = (const char *const[]){
		"bpfgraft index specs/katran-decap.yaml",
		"bpfgraft index ../katran --index katran.db -- -I.",
		NULL },
	.options = index_options, .min_args = 1, .max_args = 1,
};

const struct bg_usage bg_usage_query = {
	.summary = "ask the index for a function's callers, callees, maps and macros, and the programs that reach it",
	.synopsis = (const char *const[]){
		"callers|callees FUNCTION [--depth N] [--dot [--focus FUNCTION]] [--index FILE|SPEC]",
		"maps|macros|hooks FUNCTION [--index FILE|SPEC]",
		NULL },
	.examples = (const char *const[]){
		"bpfgraft query callers process_packet --index specs/katran-decap.yaml",
		"bpfgraft query callees balancer_ingress --dot --focus process_packet | dot -Tsvg >graph.svg",
		NULL },
	.options = query_options, .min_args = 2, .max_args = 2,
};

const struct bg_usage bg_usage_why = {
	.summary = "show which chain of references keeps a symbol in a unit",
	.synopsis = (const char *const[]){ "UNIT.bpf.c SYMBOL", NULL },
	.examples = (const char *const[]){ "bpfgraft why out/katran-decap/extract/decap/decap.bpf.c ctl_array", NULL },
	.min_args = 2, .max_args = 2,
};

enum bg_exit bg_cmd_index(struct bg_ctx *c)
{
	BG_CLEANUP(bg_freep) char *path = bg_strdup(given.index);
	json_t *report = NULL;
	enum bg_exit code;

	if (c->spec && (given.revision || c->flags.n))
		return bg_usage_error(c, "only '--index' goes with a spec: it says the rest");
	if (c->spec && !path)
		path = bg_index_path(c->spec, c->ds);
	if (c->spec && !path)
		return BG_EXIT_ENV;
	code = bg_index_build(c->spec, c->spec ? NULL : c->args.v[0], given.revision, &c->flags, path,
			      c->global.offline, c->ds, &report);
	json_object_set_new(c->doc, "report", report ? report : json_null());
	return code;
}

/* What --index names, a file or the one of a spec; else the cache's. NULL with a diagnostic. Caller frees. */
static char *find_index(struct bg_ctx *c)
{
	if (!given.index)
		return bg_index_path(NULL, c->ds);
	if (!bg_is_spec_name(given.index))
		return bg_strdup(given.index);
	if (bg_spec_load(given.index, c->ds, &c->spec))
		return NULL;
	return bg_index_path(c->spec, c->ds);
}

/* Options that the question at hand has no use for. */
static const char *misplaced(enum bg_query kind)
{
	bool calls = kind == BG_QUERY_CALLERS || kind == BG_QUERY_CALLEES;

	if (!calls && given.dot)
		return "only callers and callees can be drawn with '--dot'";
	if (!calls && given.depth != NO_DEPTH)
		return "only callers and callees take '--depth'";
	if (given.focus && !given.dot)
		return "'--focus' goes with '--dot'";
	if (given.depth != NO_DEPTH && (given.depth < 1 || given.depth > 100))
		return "'--depth' must be from 1 to 100";
	return NULL;
}

enum bg_exit bg_cmd_query(struct bg_ctx *c)
{
	static const char *const kinds[] = { "callers", "callees", "maps", "macros", "hooks", NULL };
	int kind = bg_opt_choice(c->args.v[0], kinds);
	BG_CLEANUP(bg_freep) char *index = NULL, *dot = NULL;
	unsigned depth = given.depth == NO_DEPTH ? 0 : (unsigned)given.depth;
	json_t *rows = NULL, *hooks = NULL;
	enum bg_exit code;

	if (kind < 0)
		return bg_usage_error(c, "cannot ask for '%s', only for callers, callees, maps, macros or hooks",
				      c->args.v[0]);
	if (misplaced((enum bg_query)kind))
		return bg_usage_error(c, "%s", misplaced((enum bg_query)kind));
	index = find_index(c);
	if (!index)
		return BG_EXIT_USAGE;
	if (given.dot)
		code = bg_index_graph(index, (enum bg_query)kind, c->args.v[1], given.focus, depth, c->ds, &dot);
	else
		code = bg_index_query(index, (enum bg_query)kind, c->args.v[1], depth, c->ds, &rows);
	if (code == BG_EXIT_OK && kind == BG_QUERY_HOOKS)
		code = bg_index_hooks(index, c->args.v[1], c->ds, &hooks);
	json_object_set_new(c->doc, "query", json_string(kinds[kind]));
	json_object_set_new(c->doc, "function", bg_json_text(c->args.v[1]));
	json_object_set_new(c->doc, "index", bg_json_text(index));
	json_object_set_new(c->doc, "rows", rows ? rows : json_null());
	json_object_set_new(c->doc, "hooks", hooks ? hooks : json_null());
	json_object_set_new(c->doc, "dot", bg_json_text(dot));
	return code;
}

enum bg_exit bg_cmd_why(struct bg_ctx *c)
{
	json_t *chain = NULL;
	enum bg_exit code = bg_why(c->args.v[0], c->args.v[1], c->ds, &chain);

	json_object_set_new(c->doc, "unit", bg_json_text(c->args.v[0]));
	json_object_set_new(c->doc, "symbol", bg_json_text(c->args.v[1]));
	json_object_set_new(c->doc, "chain", chain ? chain : json_null());
	return code;
}
