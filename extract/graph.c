// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/graph.h"

#define HASHES 4096

struct node {
	char *name, *file;
	unsigned line, depth;
	bool map, gone;
	size_t rank;                    /* its place in the drawing */
	size_t next;                    /* of the same hash, + 1 */
};

struct edge { size_t from, to; unsigned kinds; };

struct bg_graph {
	BG_VEC(struct node) nodes;
	BG_VEC(struct edge) edges;
	size_t heads[HASHES];           /* nodes by name and line, + 1 */
};

struct bg_graph *bg_graph_new(void)
{
	return bg_alloc(sizeof(struct bg_graph));
}

struct bg_graph *bg_graph_free(struct bg_graph *g)
{
	if (!g)
		return NULL;
	for (size_t i = 0; i < g->nodes.n; i++) {
		free(g->nodes.v[i].name);
		free(g->nodes.v[i].file);
	}
	bg_vec_done(&g->nodes);
	bg_vec_done(&g->edges);
	free(g);
	return NULL;
}

static size_t hash(const char *name, unsigned line)
{
	uint32_t h = 2166136261u ^ line; /* FNV-1a */

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h % HASHES;
}

size_t bg_graph_node(struct bg_graph *g, const char *name, const char *file, unsigned line, bool map, unsigned depth)
{
	size_t *head = &g->heads[hash(name, line)];

	for (size_t i = *head; i; i = g->nodes.v[i - 1].next) {
		struct node *n = &g->nodes.v[i - 1];

		if (n->line == line && n->map == map && strcmp(n->name, name) == 0 && strcmp(n->file, file) == 0) {
			n->depth = depth < n->depth ? depth : n->depth;
			return i - 1;
		}
	}
	bg_vec_push(&g->nodes, (struct node){ .name = bg_strdup(name),
					      .file = bg_strdup(file),
					      .line = line,
					      .map = map,
					      .depth = depth,
					      .next = *head });
	*head = g->nodes.n;
	return g->nodes.n - 1;
}

void bg_graph_edge(struct bg_graph *g, size_t from, size_t to, enum bg_graph_edge kind)
{
	bg_vec_push(&g->edges, (struct edge){ from, to, kind });
}

/*
 * Marks what edges lead to from what is marked, or with back what leads there. Maps end a path: what another function
 * stores there is no call.
 */
static void spread(const struct bg_graph *g, bool *marked, bool back)
{
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < g->edges.n; i++) {
			size_t from = back ? g->edges.v[i].to : g->edges.v[i].from,
			       to = back ? g->edges.v[i].from : g->edges.v[i].to;

			if (marked[from] && !marked[to] && !g->nodes.v[from].map)
				marked[to] = more = true;
		}
	}
}

/* Maps that no function of the drawing uses are no part of it. */
static void drop_unused_maps(struct bg_graph *g)
{
	bool *used = bg_alloc(g->nodes.n + 1);

	for (size_t i = 0; i < g->edges.n; i++)
		used[g->edges.v[i].to] |= !g->nodes.v[g->edges.v[i].from].gone;
	for (size_t i = 0; i < g->nodes.n; i++)
		g->nodes.v[i].gone |= g->nodes.v[i].map && !used[i];
	free(used);
}

bool bg_graph_focus(struct bg_graph *g, const char *name)
{
	bool *before = bg_alloc(g->nodes.n + 1), *behind = bg_alloc(g->nodes.n + 1), found = false;

	for (size_t i = 0; i < g->nodes.n; i++)
		if (!g->nodes.v[i].map && strcmp(g->nodes.v[i].name, name) == 0)
			found = before[i] = behind[i] = true;
	spread(g, before, true);
	spread(g, behind, false);
	for (size_t i = 0; i < g->nodes.n && found; i++)
		g->nodes.v[i].gone |= !g->nodes.v[i].map && !before[i] && !behind[i];
	if (found)
		drop_unused_maps(g);
	free(before);
	free(behind);
	return found;
}

static int by_place(const struct node *a, const struct node *b)
{
	int order = strcmp(a->file, b->file);

	if (!order)
		order = a->line < b->line ? -1 : a->line > b->line;
	if (!order)
		order = strcmp(a->name, b->name);
	return order ? order : a->map - b->map;
}

static int by_depth(const void *x, const void *y)
{
	const struct node *a = *(struct node *const *)x, *b = *(struct node *const *)y;

	return a->depth == b->depth ? by_place(a, b) : a->depth < b->depth ? -1 : 1;
}

static int by_place_ptr(const void *x, const void *y)
{
	return by_place(*(struct node *const *)x, *(struct node *const *)y);
}

size_t bg_graph_cut(struct bg_graph *g, size_t most)
{
	struct node **order = bg_alloc((g->nodes.n + 1) * sizeof(*order));
	size_t n = 0;

	for (size_t i = 0; i < g->nodes.n; i++)
		if (!g->nodes.v[i].map && !g->nodes.v[i].gone)
			order[n++] = &g->nodes.v[i];
	if (n > most) {
		qsort(order, n, sizeof(*order), by_depth);
		for (size_t i = most; i < n; i++)
			order[i]->gone = true;
		drop_unused_maps(g);
	}
	free(order);
	return n > most ? n - most : 0;
}

/* A quoted string of DOT, where '\' begins an escape. Upstream's names and paths may hold anything. */
static void add_quoted(struct bg_str *out, const char *s)
{
	BG_CLEANUP(bg_freep) char *clean = bg_escape(s);

	bg_str_addc(out, '"');
	for (const char *p = clean; *p; p++) {
		if (*p == '"' || *p == '\\')
			bg_str_addc(out, '\\');
		bg_str_addc(out, *p);
	}
	bg_str_addc(out, '"');
}

static void add_node(const struct node *d, struct bg_str *out)
{
	BG_CLEANUP(bg_freep) char *place = bg_printf("%s:%u", d->file, d->line);

	bg_str_addf(out, "%s\tn%zu [label=", d->map ? "" : "\t", d->rank);
	add_quoted(out, d->name);
	bg_str_add(out, ", tooltip=");
	add_quoted(out, place);
	bg_str_add(out, d->map	   ? ", shape=box, style=filled, fillcolor=lightgrey];\n"
			: d->depth ? "];\n"
				   : ", penwidth=2];\n");
}

/* Functions in a cluster per file, or maps beside them. */
static void add_nodes(struct node *const *order, size_t n, bool maps, struct bg_str *out)
{
	const char *file = NULL;
	size_t cluster = 0;

	for (size_t i = 0; i < n; i++) {
		if (order[i]->map != maps)
			continue;
		if (!maps && !bg_streq(file, order[i]->file)) {
			bg_str_addf(out, "%s\tsubgraph cluster_%zu {\n\t\tlabel=", file ? "\t}\n" : "", cluster++);
			file = order[i]->file;
			add_quoted(out, file);
			bg_str_add(out, ";\n");
		}
		add_node(order[i], out);
	}
	if (file)
		bg_str_add(out, "\t}\n");
}

static int by_ends(const void *x, const void *y)
{
	const struct edge *a = x, *b = y;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

/* Arrows show where data goes: from a map that is read, to one that is written. */
static void add_edge(const struct edge *e, struct bg_str *out)
{
	if (e->kinds & BG_GRAPH_CALL)
		bg_str_addf(out, "\tn%zu -> n%zu;\n", e->from, e->to);
	else if (e->kinds & BG_GRAPH_ADDRESS)
		bg_str_addf(out, "\tn%zu -> n%zu [style=dashed];\n", e->from, e->to);
	else if ((e->kinds & BG_GRAPH_READ) && (e->kinds & BG_GRAPH_WRITE))
		bg_str_addf(out, "\tn%zu -> n%zu [dir=both, color=blue];\n", e->from, e->to);
	else if (e->kinds & BG_GRAPH_READ)
		bg_str_addf(out, "\tn%zu -> n%zu [dir=back, color=blue];\n", e->from, e->to);
	else if (e->kinds & BG_GRAPH_WRITE)
		bg_str_addf(out, "\tn%zu -> n%zu [color=blue];\n", e->from, e->to);
	else
		bg_str_addf(out, "\tn%zu -> n%zu [dir=none, style=dashed, color=blue];\n", e->from, e->to);
}

/* The edges between what is drawn, by rank, each once. */
static void add_edges(const struct bg_graph *g, struct bg_str *out)
{
	BG_VEC(struct edge) edges = { 0 };

	for (size_t i = 0; i < g->edges.n; i++) {
		const struct edge *e = &g->edges.v[i];
		const struct node *from = &g->nodes.v[e->from], *to = &g->nodes.v[e->to];

		if (!from->gone && !to->gone)
			bg_vec_push(&edges, (struct edge){ from->rank, to->rank, e->kinds });
	}
	if (edges.n)
		qsort(edges.v, edges.n, sizeof(*edges.v), by_ends);
	for (size_t i = 0; i < edges.n; i++) {
		struct edge e = edges.v[i];

		while (i + 1 < edges.n && by_ends(&edges.v[i + 1], &e) == 0)
			e.kinds |= edges.v[++i].kinds;
		add_edge(&e, out);
	}
	bg_vec_done(&edges);
}

char *bg_graph_dot(const struct bg_graph *g, const char *title)
{
	struct node **order = bg_alloc((g->nodes.n + 1) * sizeof(*order));
	struct bg_str out = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < g->nodes.n; i++)
		if (!g->nodes.v[i].gone)
			order[n++] = &g->nodes.v[i];
	qsort(order, n, sizeof(*order), by_place_ptr);
	for (size_t i = 0; i < n; i++)
		order[i]->rank = i;
	bg_str_add(&out, "digraph ");
	add_quoted(&out, title);
	bg_str_add(&out, " {\n\trankdir=LR;\n\tnode [fontname=\"monospace\", shape=ellipse];\n");
	add_nodes(order, n, false, &out);
	add_nodes(order, n, true, &out);
	add_edges(g, &out);
	bg_str_add(&out, "}\n");
	free(order);
	return bg_str_take(&out);
}
