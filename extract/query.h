/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Questions to the call-graph index: what `bpfgraft index`, `query` and `why` ask. */
#ifndef BG_QUERY_H
#define BG_QUERY_H

#include "core/base.h"
#include "core/diag.h"
#include "core/spec.h"

/*
 * Indexes the translation units of a repository that the spec's extracts name (spec), or every C file of repo that can
 * be read with cflags and what compile_commands.json says (spec NULL; repo a path or URL), on all processors; what has
 * not changed is not read again. *ret_report: {index, failed, parsed, units: [{file, flags, status, parsed, functions,
 * error, error_file, error_line}]}.
 */
enum bg_exit bg_index_build(const struct bg_spec *spec, const char *repo, const char *revision,
			    const struct bg_strv *cflags, const char *index_path, bool offline, struct bg_diags *ds,
			    json_t **ret_report);

enum bg_query { BG_QUERY_CALLERS, BG_QUERY_CALLEES, BG_QUERY_MAPS, BG_QUERY_MACROS, BG_QUERY_HOOKS };
/*
 * Asks an index file. depth: how many calls away callers, callees, and what they use, may be; 0 = any number. Rows:
 * callers, callees: {function, file, line, unit, depth}; maps: {map, file, line, access, unit}, access being
 * read|write|read+write|read+passed|passed; macros: {macro, file, line, unit}; hooks: {hook, program, file, line, unit}
 * (entries that reach the function). BG_EXIT_USAGE when the function is not in the index.
 */
enum bg_exit bg_index_query(const char *index_path, enum bg_query kind, const char *function, unsigned depth,
			    struct bg_diags *ds, json_t **ret_rows);

/*
 * Callers or callees as a drawing in the DOT language (caller frees), with the maps that they use. focus: only what is
 * on paths through a function of that name, or NULL. Of more than BG_GRAPH_MAX functions the nearest are drawn, with a
 * note. BG_EXIT_USAGE when function or focus is not there.
 */
enum bg_exit bg_index_graph(const char *index_path, enum bg_query kind, const char *function, const char *focus,
			    unsigned depth, struct bg_diags *ds, char **ret_dot);

/*
 * At which hooks a function could run, judged by the contexts and helpers that it and what it reaches use
 * (extract/hooks.h): [{hook, possible, reason, file, line}].
 */
enum bg_exit bg_index_hooks(const char *index_path, const char *function, struct bg_diags *ds, json_t **ret_hooks);

/*
 * Why symbol is in the unit: the chain of references from the entry, [{symbol, kind, file, line, how}], read from the
 * evidence beside it.
 */
enum bg_exit bg_why(const char *unit, const char *symbol, struct bg_diags *ds, json_t **ret_chain);

/* The index file of a spec: one for all its repositories' units. Caller frees. */
char *bg_index_path(const struct bg_spec *spec, struct bg_diags *ds);

#endif
