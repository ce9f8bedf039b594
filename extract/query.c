// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/query.h"

#include "core/fs.h"
#include "core/hook.h"
#include "extract/diag_ids.h"
#include "extract/graph.h"
#include "extract/hooks.h"
#include "extract/index.h"

char *bg_index_path(const struct bg_spec *spec, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *cache = bg_cache_dir();

	(void)spec; /* units are told apart by repository, file and flags, so that one index serves all specs */
	if (!cache) {
		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_NOWHERE, "cannot make the cache folder; set BPFGRAFT_CACHE");
		return NULL;
	}
	return bg_join(cache, "index.sqlite");
}

/* --- asking */

struct rows {
	json_t *list;
	const char *const *names;       /* of the columns; "#line" is a number */
	struct bg_diags *ds;
};

static json_t *cell(const char *name, const char *value)
{
	json_t *j;

	if (!value)
		return json_null();
	if (name[0] == '#')
		return json_integer(strtoll(value, NULL, 10));
	j = json_string(value);
	return j ? j : json_string("(not UTF-8)");
}

static void on_row(void *arg, int n, const char *const *columns)
{
	struct rows *r = arg;
	json_t *o = json_object();

	for (int i = 0; i < n && r->names[i]; i++)
		json_object_set_new(o, r->names[i] + (r->names[i][0] == '#'), cell(r->names[i], columns[i]));
	json_array_append_new(r->list, o);
}

static void on_hook_row(void *arg, int n, const char *const *columns)
{
	struct rows *r = arg;
	const struct bg_hook *h = columns[0] ? bg_hook_by_section(columns[0], r->ds) : NULL;

	if (n < 5 || !columns[0] || bg_streq(columns[0], ".text"))
		return;
	json_array_append_new(r->list,
			      json_pack("{s:s?, s:s, s:s, s:s?, s:i, s:s?}", "hook", h ? h->name : NULL, "section",
					columns[0], "program", columns[1], "file", columns[2], "line",
					columns[3] ? (int)strtol(columns[3], NULL, 10) : 0, "unit", columns[4]));
}

/* The unit as users know it: its main file below the repository. */
#define UNIT "substr(tu.main, length(tu.root) + 2)"
/* Reachable from, or reaching, the function (?1), at most ?2 calls away. */
#define WALK(from, to) \
	"WITH RECURSIVE walk(tu, n, depth) AS (" \
	" SELECT tu, n, 0 FROM decl WHERE name = ?1 AND kind = 'function'" \
	" UNION SELECT call.tu, call." to ", depth + 1 FROM walk" \
	" JOIN call ON call.tu = walk.tu AND call." from " = walk.n" \
	" WHERE depth < CAST(?2 AS INTEGER))"

static const char callers_sql[] = WALK("callee", "caller")
	" SELECT d.name, d.file, d.line, " UNIT ", min(depth) FROM walk JOIN decl d ON d.tu = walk.tu AND d.n = walk.n"
	" JOIN tu ON tu.id = walk.tu WHERE depth > 0 GROUP BY d.name, d.file, d.line, " UNIT " ORDER BY 5, 1, 4";
static const char callees_sql[] = WALK("caller", "callee")
	" SELECT d.name, d.file, d.line, " UNIT ", min(depth) FROM walk JOIN decl d ON d.tu = walk.tu AND d.n = walk.n"
	" JOIN tu ON tu.id = walk.tu WHERE depth > 0 GROUP BY d.name, d.file, d.line, " UNIT " ORDER BY 5, 1, 4";
static const char maps_sql[] = WALK("caller", "callee")
	" SELECT d.name, d.file, d.line, CASE WHEN max(access & 1) AND max(access & 2) THEN 'read+write'"
	" WHEN max(access & 2) THEN 'write' WHEN max(access & 1) AND max(access & 4) THEN 'read+passed'"
	" WHEN max(access & 1) THEN 'read' ELSE 'passed' END, "
	UNIT " FROM walk JOIN map_use u ON u.tu = walk.tu AND u.function = walk.n"
	" JOIN decl d ON d.tu = u.tu AND d.n = u.map JOIN tu ON tu.id = walk.tu"
	" GROUP BY d.name, d.file, d.line, " UNIT " ORDER BY 1, 5";
static const char macros_sql[] =
	"SELECT DISTINCT m.name, m.file, m.line, " UNIT
	" FROM decl f JOIN macro_use u ON u.tu = f.tu AND u.item = f.item"
	" JOIN macro m ON m.tu = u.tu AND m.n = u.macro JOIN tu ON tu.id = f.tu"
	" WHERE f.name = ?1 AND f.kind = 'function' AND f.is_def ORDER BY 1, 4";
static const char hooks_sql[] = WALK("callee", "caller")
	" SELECT DISTINCT d.section, d.name, d.file, d.line, " UNIT
	" FROM walk JOIN decl d ON d.tu = walk.tu AND d.n = walk.n"
	" JOIN tu ON tu.id = walk.tu WHERE d.section IS NOT NULL AND d.is_def ORDER BY 5, 2";

#define MAX_DEPTH 100                   /* where recursion, which the call graph of user space may have, is cut off */

/* Opens the index and asks it whether it holds the function. */
static enum bg_exit open_for(const char *index_path, const char *function, struct bg_diags *ds, struct bg_index **ret)
{
	static const char *const name_columns[] = { "name", NULL };
	struct rows known = { json_array(), name_columns, ds };
	enum bg_exit outcome = BG_EXIT_OK;

	if (!bg_exists(index_path)) {
		bg_diag(ds, BG_ERROR, BG_ID_NOT_INDEXED, BG_AT(index_path, 0, 0),
			"there is no index yet; 'bpfgraft index' makes one");
		outcome = BG_EXIT_USAGE;
	} else if (bg_index_open(index_path, ds, ret) ||
		   bg_index_rows(*ret, "SELECT name FROM decl WHERE name = ?1 AND kind = 'function' LIMIT 1", &function,
				 1, on_row, &known, ds)) {
		outcome = BG_EXIT_ENV;
	} else if (!json_array_size(known.list)) {
		bg_diag(ds, BG_ERROR, BG_ID_NOT_INDEXED, BG_AT(index_path, 0, 0), "the index holds no function '%s'",
			function);
		outcome = BG_EXIT_USAGE;
	}
	json_decref(known.list);
	return outcome;
}

enum bg_exit bg_index_query(const char *index_path, enum bg_query kind, const char *function, unsigned depth,
			    struct bg_diags *ds, json_t **ret_rows)
{
	static const char *const call_columns[] = { "function", "file", "#line", "unit", "#depth", NULL };
	static const char *const map_columns[] = { "map", "file", "#line", "access", "unit", NULL };
	static const char *const macro_columns[] = { "macro", "file", "#line", "unit", NULL };
	static const struct { const char *sql; const char *const *columns; size_t params; } queries[] = {
		[BG_QUERY_CALLERS] = { callers_sql, call_columns, 2 },
		[BG_QUERY_CALLEES] = { callees_sql, call_columns, 2 },
		[BG_QUERY_MAPS] = { maps_sql, map_columns, 2 }, [BG_QUERY_MACROS] = { macros_sql, macro_columns, 1 },
		[BG_QUERY_HOOKS] = { hooks_sql, NULL, 2 },
	};
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	BG_CLEANUP(bg_freep) char *most = bg_printf("%u", depth ? depth : MAX_DEPTH);
	struct rows r = { json_array(), queries[kind].columns, ds };
	enum bg_exit outcome = open_for(index_path, function, ds, &ix);

	if (outcome == BG_EXIT_OK &&
	    bg_index_rows(ix, queries[kind].sql, (const char *const[]){ function, most }, queries[kind].params,
			  kind == BG_QUERY_HOOKS ? on_hook_row : on_row, &r, ds))
		outcome = BG_EXIT_ENV;
	if (outcome == BG_EXIT_OK)
		*ret_rows = r.list;
	else
		json_decref(r.list);
	return outcome;
}

/* --- drawing */

#define NODES \
	" SELECT d.name, d.file, d.line, min(depth) FROM walk JOIN decl d ON d.tu = walk.tu AND d.n = walk.n" \
	" GROUP BY d.name, d.file, d.line"
#define EDGES \
	", seen AS (SELECT DISTINCT tu, n FROM walk) SELECT DISTINCT a.name, a.file, a.line, b.name, b.file, b.line, "
#define CALLS EDGES "call.how" \
	" FROM seen JOIN call ON call.tu = seen.tu AND call.caller = seen.n" \
	" JOIN decl a ON a.tu = call.tu AND a.n = call.caller" \
	" JOIN decl b ON b.tu = call.tu AND b.n = call.callee WHERE (call.tu, call.callee) IN (SELECT tu, n FROM seen)"
#define MAPS EDGES "u.access" \
	" FROM seen JOIN map_use u ON u.tu = seen.tu AND u.function = seen.n" \
	" JOIN decl a ON a.tu = u.tu AND a.n = u.function" \
	" JOIN decl b ON b.tu = u.tu AND b.n = u.map"

static size_t node_of(struct bg_graph *g, const char *const *columns, bool map, unsigned depth)
{
	return bg_graph_node(g, columns[0] ? columns[0] : "", columns[1] ? columns[1] : "",
			     columns[2] ? (unsigned)strtoul(columns[2], NULL, 10) : 0, map, depth);
}

static void on_node(void *arg, int n, const char *const *columns)
{
	if (n == 4 && columns[3])
		node_of(arg, columns, false, (unsigned)strtoul(columns[3], NULL, 10));
}

static void on_call(void *arg, int n, const char *const *columns)
{
	if (n == 7)
		bg_graph_edge(arg, node_of(arg, columns, false, MAX_DEPTH), node_of(arg, columns + 3, false, MAX_DEPTH),
			      bg_streq(columns[6], "call") ? BG_GRAPH_CALL : BG_GRAPH_ADDRESS);
}

static void on_map(void *arg, int n, const char *const *columns)
{
	unsigned access = n == 7 && columns[6] ? (unsigned)strtoul(columns[6], NULL, 10) : 0;
	size_t from = node_of(arg, columns, false, MAX_DEPTH), to = node_of(arg, columns + 3, true, MAX_DEPTH);

	if (access & BG_ACCESS_READ)
		bg_graph_edge(arg, from, to, BG_GRAPH_READ);
	if (access & BG_ACCESS_WRITE)
		bg_graph_edge(arg, from, to, BG_GRAPH_WRITE);
	if (access & BG_ACCESS_PASSED)
		bg_graph_edge(arg, from, to, BG_GRAPH_PASSED);
}

static int read_graph(struct bg_index *ix, enum bg_query kind, const char *const *params, struct bg_graph *g,
		      struct bg_diags *ds)
{
	static const struct {
		const char *callers, *callees;
		void (*row)(void *arg, int n, const char *const *columns);
	} parts[] = {
		{ WALK("callee", "caller") NODES, WALK("caller", "callee") NODES, on_node },
		{ WALK("callee", "caller") CALLS, WALK("caller", "callee") CALLS, on_call },
		{ WALK("callee", "caller") MAPS, WALK("caller", "callee") MAPS, on_map },
	};
	int err = 0;

	for (size_t i = 0; i < BG_ARRAY_SIZE(parts) && !err; i++)
		err = bg_index_rows(ix, kind == BG_QUERY_CALLERS ? parts[i].callers : parts[i].callees, params, 2,
				    parts[i].row, g, ds);
	return err;
}

enum bg_exit bg_index_graph(const char *index_path, enum bg_query kind, const char *function, const char *focus,
			    unsigned depth, struct bg_diags *ds, char **ret_dot)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	BG_CLEANUP(bg_freep) char *most = bg_printf("%u", depth ? depth : MAX_DEPTH);
	BG_CLEANUP(bg_freep) char *title =
		bg_printf("%s of %s", kind == BG_QUERY_CALLERS ? "callers" : "callees", function);
	enum bg_exit outcome = open_for(index_path, function, ds, &ix);
	struct bg_graph *g = bg_graph_new();
	size_t gone;

	if (outcome == BG_EXIT_OK && read_graph(ix, kind, (const char *const[]){ function, most }, g, ds))
		outcome = BG_EXIT_ENV;
	if (outcome == BG_EXIT_OK && focus && !bg_graph_focus(g, focus)) {
		bg_diag(ds, BG_ERROR, BG_ID_NOT_INDEXED, BG_AT(index_path, 0, 0), "'%s' is not among the %s%s", focus,
			title, depth ? " within that depth" : "");
		outcome = BG_EXIT_USAGE;
	}
	if (outcome == BG_EXIT_OK) {
		gone = bg_graph_cut(g, BG_GRAPH_MAX);
		if (gone)
			bg_diag(ds, BG_NOTE, BG_ID_LIMIT, BG_NOWHERE,
				"the %d nearest functions are drawn and %zu are not; --depth or --focus draws a part",
				BG_GRAPH_MAX, gone);
		*ret_dot = bg_graph_dot(g, title);
	}
	bg_graph_free(g);
	return outcome;
}

/* --- hooks */

#define NEEDS(helper, context, from) \
	WALK("caller", "callee") " SELECT " helper ", " context ", d.name, d.file, d.line" \
	" FROM walk JOIN decl d ON d.tu = walk.tu AND d.n = walk.n " \
	from " GROUP BY 1, 2, 3, 4, 5 ORDER BY min(depth), 3, 1, 4, 5"

static void on_need(void *arg, int n, const char *const *columns)
{
	struct bg_hook_needs *needs = arg;

	if (n == 5 && columns[2])
		bg_vec_push(needs, (struct bg_hook_need){ bg_strdup(columns[0]), bg_strdup(columns[1]),
							  bg_strdup(columns[2]), bg_strdup(columns[3]),
							  columns[4] ? (unsigned)strtoul(columns[4], NULL, 10) : 0 });
}

enum bg_exit bg_index_hooks(const char *index_path, const char *function, struct bg_diags *ds, json_t **ret_hooks)
{
	static const char contexts_sql[] = NEEDS("NULL", "d.context", "WHERE d.context IS NOT NULL");
	static const char helpers_sql[] =
		NEEDS("h.name", "NULL", "JOIN helper h ON h.tu = walk.tu AND h.function = walk.n");
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	BG_CLEANUP(bg_freep) char *most = bg_printf("%u", MAX_DEPTH);
	const char *const params[] = { function, most };
	enum bg_exit outcome = open_for(index_path, function, ds, &ix);
	struct bg_hook_needs needs = { 0 };

	if (outcome == BG_EXIT_OK && (bg_index_rows(ix, contexts_sql, params, 2, on_need, &needs, ds) ||
				      bg_index_rows(ix, helpers_sql, params, 2, on_need, &needs, ds)))
		outcome = BG_EXIT_ENV;
	if (outcome == BG_EXIT_OK && !(*ret_hooks = bg_hooks_judge(&needs, ds)))
		outcome = BG_EXIT_ENV;
	bg_hook_needs_done(&needs);
	return outcome;
}

/* --- why */

static const json_t *find_symbol(const json_t *symbols, const char *name)
{
	size_t i;
	json_t *s;

	json_array_foreach(symbols, i, s)
		if (bg_streq(json_string_value(json_object_get(s, "symbol")), name))
			return s;
	return NULL;
}

enum bg_exit bg_why(const char *unit, const char *symbol, struct bg_diags *ds, json_t **ret_chain)
{
	BG_CLEANUP(bg_freep) char *dir = bg_dirname(unit), *path = bg_join(dir, "extract.json");
	json_t *doc = json_load_file(path, 0, NULL), *chain;
	const json_t *symbols = json_object_get(doc, "symbols"), *s;
	const char *name = symbol;

	if (!json_is_array(symbols)) {
		bg_diag(ds, BG_ERROR, BG_ID_NO_EVIDENCE, BG_AT(path, 0, 0),
			"there is no evidence of an extraction beside the unit");
		json_decref(doc);
		return BG_EXIT_USAGE;
	}
	chain = json_array();
	while (name && !find_symbol(chain, name) && (s = find_symbol(symbols, name))) { /* a circle is no chain */
		json_array_append(chain, (json_t *)s);
		name = json_string_value(json_object_get(s, "needed_by"));
	}
	json_decref(doc);
	if (!json_array_size(chain)) {
		bg_diag(ds, BG_ERROR, BG_ID_NO_EVIDENCE, BG_AT(path, 0, 0), "'%s' is not in the unit", symbol);
		json_decref(chain);
		return BG_EXIT_USAGE;
	}
	*ret_chain = chain;
	return BG_EXIT_OK;
}
