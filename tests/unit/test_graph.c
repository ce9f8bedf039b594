// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Call graphs as drawings: order, names that must be escaped, what a focus and a limit leave. */
#include "extract/graph.h"

#include "harness.h"

static size_t function(struct bg_graph *g, const char *name, unsigned depth)
{
	return bg_graph_node(g, name, name[0] < 'm' ? "a.c" : "b.c", (unsigned)name[0], false, depth);
}

static size_t map(struct bg_graph *g, const char *name)
{
	return bg_graph_node(g, name, "maps.h", (unsigned)name[0], true, 0);
}

static bool drawn(const struct bg_graph *g, const char *text)
{
	BG_CLEANUP(bg_freep) char *dot = bg_graph_dot(g, "test");
	bool found = strstr(dot, text) != NULL;

	if (!found)
		fprintf(stderr, "\n  no '%s' in:\n%s", text, dot);
	return found;
}

static bool has_node(const struct bg_graph *g, const char *name)
{
	BG_CLEANUP(bg_freep) char *dot = bg_graph_dot(g, "test"), *label = bg_printf("label=\"%s\", tooltip", name);

	return strstr(dot, label) != NULL;
}

/* main -> left -> end, main -> right -> end; left reads 'seen', right writes 'kept' */
static struct bg_graph *diamond(bool backwards)
{
	struct bg_graph *g = bg_graph_new();
	size_t n[6];

	for (size_t i = 0; i < 6; i++) {
		static const char *const names[] = { "main", "left", "right", "end", "seen", "kept" };
		size_t k = backwards ? 5 - i : i;

		n[k] = k < 4 ? function(g, names[k], k == 0 ? 0 : k == 3 ? 2 : 1) : map(g, names[k]);
	}
	for (size_t i = 0; i < 6; i++) {
		const struct { size_t from, to; enum bg_graph_edge kind; } edges[] = {
			{ n[0], n[1], BG_GRAPH_CALL }, { n[0], n[2], BG_GRAPH_ADDRESS }, { n[1], n[3], BG_GRAPH_CALL },
			{ n[2], n[3], BG_GRAPH_CALL }, { n[1], n[4], BG_GRAPH_READ }, { n[2], n[5], BG_GRAPH_WRITE },
		};
		size_t k = backwards ? 5 - i : i;

		bg_graph_edge(g, edges[k].from, edges[k].to, edges[k].kind);
	}
	return g;
}

static void test_same_text(void)
{
	struct bg_graph *g = diamond(false), *h = diamond(true);
	BG_CLEANUP(bg_freep) char *one = bg_graph_dot(g, "test"), *other = bg_graph_dot(h, "test");

	CU_ASSERT_STRING_EQUAL(one, other);
	CU_ASSERT(drawn(g, "subgraph cluster_0 {\n\t\tlabel=\"a.c\";\n\t\tn0 [label=\"end\", tooltip=\"a.c:101\"];\n\t\tn1 [label=\"left\""));
	CU_ASSERT(drawn(g, "subgraph cluster_1 {\n\t\tlabel=\"b.c\";\n\t\tn2 [label=\"main\", tooltip=\"b.c:109\", penwidth=2];"));
	CU_ASSERT(drawn(g, "n4 [label=\"kept\", tooltip=\"maps.h:107\", shape=box"));
	bg_graph_free(g);
	bg_graph_free(h);
}

static void test_edges(void)
{
	struct bg_graph *g = diamond(false);
	size_t end = function(g, "end", 2), seen = map(g, "seen"), kept = map(g, "kept"), left = function(g, "left", 1);

	CU_ASSERT(drawn(g, "\tn2 -> n1;\n"));
	CU_ASSERT(drawn(g, "\tn2 -> n3 [style=dashed];\n"));
	CU_ASSERT(drawn(g, "\tn1 -> n5 [dir=back, color=blue];\n"));
	CU_ASSERT(drawn(g, "\tn3 -> n4 [color=blue];\n"));
	bg_graph_edge(g, left, seen, BG_GRAPH_WRITE);
	bg_graph_edge(g, end, kept, BG_GRAPH_PASSED);
	bg_graph_edge(g, left, end, BG_GRAPH_CALL);
	CU_ASSERT(drawn(g, "\tn1 -> n5 [dir=both, color=blue];\n"));
	CU_ASSERT(drawn(g, "\tn0 -> n4 [dir=none, style=dashed, color=blue];\n"));
	CU_ASSERT(drawn(g, "\tn1 -> n0;\n\tn1 -> n5 "));
	bg_graph_free(g);
}

static void test_names(void)
{
	struct bg_graph *g = bg_graph_new();
	BG_CLEANUP(bg_freep) char *dot = NULL;

	bg_graph_node(g, "f", "di\"r\\x\n.c", 1, false, 0);
	bg_graph_node(g, "f", "other.c", 1, false, 0);
	bg_graph_node(g, "f", "other.c", 1, false, 0);
	dot = bg_graph_dot(g, "a \"title\"\\");
	CU_ASSERT_PTR_NOT_NULL(strstr(dot, "label=\"di\\\"r\\\\x\\\\x0a.c\";"));
	CU_ASSERT(bg_starts(dot, "digraph \"a \\\"title\\\"\\\\\" {\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(dot, "n1 [label=\"f\", tooltip=\"other.c:1\""));
	CU_ASSERT_PTR_NULL(strstr(dot, "n2 "));
	bg_graph_free(g);
}

static void test_focus(void)
{
	struct bg_graph *g = diamond(false);

	CU_ASSERT(!bg_graph_focus(g, "nobody"));
	CU_ASSERT(!bg_graph_focus(g, "seen"));
	CU_ASSERT(has_node(g, "right"));
	CU_ASSERT(bg_graph_focus(g, "left"));
	CU_ASSERT(has_node(g, "main") && has_node(g, "left") && has_node(g, "end") && has_node(g, "seen"));
	CU_ASSERT(!has_node(g, "right") && !has_node(g, "kept"));
	bg_graph_free(g);
}

/* Two functions that use one map do not reach each other. */
static void test_focus_stops_at_maps(void)
{
	struct bg_graph *g = diamond(false);

	bg_graph_edge(g, function(g, "right", 1), map(g, "seen"), BG_GRAPH_READ);
	CU_ASSERT(bg_graph_focus(g, "left"));
	CU_ASSERT(!has_node(g, "right"));
	bg_graph_free(g);
}

static void test_circle(void)
{
	struct bg_graph *g = diamond(false);

	bg_graph_edge(g, function(g, "end", 2), function(g, "main", 0), BG_GRAPH_CALL);
	CU_ASSERT(bg_graph_focus(g, "left"));
	CU_ASSERT(has_node(g, "right"));
	bg_graph_free(g);
}

static void test_cut(void)
{
	struct bg_graph *g = diamond(false);

	CU_ASSERT_EQUAL(bg_graph_cut(g, 4), 0);
	CU_ASSERT_EQUAL(bg_graph_cut(g, 2), 2);
	CU_ASSERT(has_node(g, "main") && has_node(g, "left") && has_node(g, "seen"));
	CU_ASSERT(!has_node(g, "right") && !has_node(g, "end") && !has_node(g, "kept"));
	CU_ASSERT_EQUAL(bg_graph_cut(g, 2), 0);
	bg_graph_free(g);
}

static void test_empty(void)
{
	struct bg_graph *g = bg_graph_new();

	CU_ASSERT_EQUAL(bg_graph_cut(g, 1), 0);
	CU_ASSERT(drawn(g, "digraph \"test\" {\n\trankdir=LR;\n\tnode [fontname=\"monospace\", shape=ellipse];\n}\n"));
	bg_graph_free(g);
	CU_ASSERT_PTR_NULL(bg_graph_free(NULL));
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "the same text in any order", test_same_text },
		{ "edges", test_edges },
		{ "names that must be escaped", test_names },
		{ "a focus leaves what is on its paths", test_focus },
		{ "a focus does not go through maps", test_focus_stops_at_maps },
		{ "a circle", test_circle },
		{ "a cut leaves the nearest", test_cut },
		{ "nothing to draw", test_empty },
	};

	return BG_RUN_TESTS("graph", tests);
}
