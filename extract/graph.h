/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A call graph as a drawing: functions and maps of a query, in the DOT language of Graphviz. */
#ifndef BG_GRAPH_H
#define BG_GRAPH_H

#include "core/diag.h"

#define BG_GRAPH_MAX 500                /* functions of one drawing: more, nobody can read */

struct bg_graph;
enum bg_graph_edge {
	BG_GRAPH_CALL = 1,
	BG_GRAPH_ADDRESS = 2,
	BG_GRAPH_READ = 4,
	BG_GRAPH_WRITE = 8,
	BG_GRAPH_PASSED = 16
};

struct bg_graph *bg_graph_new(void);
struct bg_graph *bg_graph_free(struct bg_graph *g);
/* A function or map; the same name at the same place is the same node. Returns its number. */
size_t bg_graph_node(struct bg_graph *g, const char *name, const char *file, unsigned line, bool map, unsigned depth);
/* A call or an address taken, or the access of a function (from) to a map (to). */
void bg_graph_edge(struct bg_graph *g, size_t from, size_t to, enum bg_graph_edge kind);
/*
 * Leaves only nodes on paths through a function of that name: what it reaches, and what reaches it. False when there is
 * none.
 */
bool bg_graph_focus(struct bg_graph *g, const char *name);
/* Leaves the 'most' functions that are nearest, and the maps that they use. Returns how many functions went. */
size_t bg_graph_cut(struct bg_graph *g, size_t most);
/* The same nodes and edges give the same text, in whatever order they were added. Caller frees. */
char *bg_graph_dot(const struct bg_graph *g, const char *title);

#endif
