// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The call graph of a unit. Graphviz's 'dot' says where everything stands; what is drawn there is our own SVG, so that
 * nothing that dot prints comes into the page. Without dot it is a nested list.
 */
#include "core/proc.h"
#include "extract/graph.h"
#include "report/inside.h"

#define DOT_MS	  20000u
#define DOT_BYTES (16u << 20)

static const json_t *function_named(const json_t *functions, const char *name)
{
	const json_t *f;
	size_t i;

	json_array_foreach (json_object_get(functions, "functions"), i, f)
		if (bg_streq(bg_jtext(f, "name"), name))
			return f;
	return NULL;
}

static size_t node_of(struct bg_graph *g, const json_t *o, bool map, bool entry)
{
	const char *file = bg_jtext(o, "file"), *name = bg_jtext(o, "name");

	return bg_graph_node(g, name ? name : "", file ? file : "", (unsigned)bg_jint(o, "line"), map, entry ? 0 : 1);
}

static void add_accesses(struct bg_graph *g, const json_t *functions, const json_t *map, const char *key,
			 enum bg_graph_edge kind)
{
	const json_t *name;
	size_t i;

	json_array_foreach (json_object_get(map, key), i, name) {
		const json_t *f = function_named(functions, json_string_value(name));

		if (f)
			bg_graph_edge(g, node_of(g, f, false, false), node_of(g, map, true, false), kind);
	}
}

/* Edges end at the outline that dot knows, and ours are boxes with round corners. The text is taken over. */
static char *as_boxes(char *dot)
{
	static const char was[] = "shape=ellipse";
	char *at = strstr(dot, was), *ret;

	if (!at)
		return dot;
	ret = bg_printf("%.*sshape=box%s", (int)(at - dot), dot, at + strlen(was));
	free(dot);
	return ret;
}

static char *dot_of(const json_t *functions, const json_t *maps)
{
	struct bg_graph *g = bg_graph_new();
	const char *entry = bg_jtext(functions, "entry");
	const json_t *f, *m, *name;
	size_t i, k;
	char *dot;

	json_array_foreach (json_object_get(functions, "functions"), i, f) {
		size_t from = node_of(g, f, false, bg_streq(bg_jtext(f, "name"), entry));

		json_array_foreach (json_object_get(f, "callees"), k, name) {
			const json_t *to = function_named(functions, json_string_value(name));

			if (to)
				bg_graph_edge(g, from, node_of(g, to, false, bg_streq(json_string_value(name), entry)),
					      BG_GRAPH_CALL);
		}
	}
	json_array_foreach (json_object_get(maps, "maps"), i, m) {
		add_accesses(g, functions, m, "readers", BG_GRAPH_READ);
		add_accesses(g, functions, m, "writers", BG_GRAPH_WRITE);
		add_accesses(g, functions, m, "passes_on", BG_GRAPH_PASSED);
	}
	bg_graph_cut(g, BG_GRAPH_MAX);
	dot = bg_graph_dot(g, "calls");
	bg_graph_free(g);
	return as_boxes(dot);
}

/* The drawing as dot lays it out, or NULL where dot is not installed or fails. */
static json_t *lay_out(const char *dot)
{
	const char *const argv[] = { "dot", "-Tjson0", NULL };
	struct bg_proc p = {
		.argv = argv, .input = dot, .input_len = strlen(dot), .timeout_ms = DOT_MS, .output_limit = DOT_BYTES
	};
	struct bg_proc_result r;
	json_t *doc = NULL;

	if (bg_proc_run(&p, &r) == 0 && r.status == 0 && r.out.s)
		doc = json_loadb(r.out.s, r.out.n, 0, NULL);
	bg_proc_result_done(&r);
	return doc;
}

/* Up to n numbers of a list with commas and blanks. */
static size_t numbers(const char *s, double *ret, size_t n)
{
	size_t k = 0;

	while (s && k < n) {
		char *end;

		ret[k] = strtod(s, &end);
		if (end == s)
			break;
		k++;
		s = end + strspn(end, ", ");
	}
	return k;
}

void bg_svg_heads(struct bg_str *out)
{
	static const char *const ids[] = { "head", "head-map", "tail-map" };

	bg_str_add(out, "<defs>");
	for (size_t i = 0; i < BG_ARRAY_SIZE(ids); i++)
		bg_html(out,
			"<marker id=\"%s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" "
			"markerHeight=\"7\" "
			"orient=\"auto-start-reverse\"><path d=\"M0,1L10,5L0,9z\"/></marker>",
			ids[i]);
	bg_str_add(out, "</defs>\n");
}

/* dot counts upwards from the drawing's lower edge, SVG downwards. */
static void draw_cluster(const json_t *o, double height, struct bg_str *out)
{
	double b[4];

	if (numbers(bg_jtext(o, "bb"), b, 4) < 4)
		return;
	bg_html(out, "<g class=cluster><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"6\"/>", b[0],
		height - b[3], b[2] - b[0], b[3] - b[1]);
	bg_html(out, "<text x=\"%.1f\" y=\"%.1f\">%s</text></g>\n", (b[0] + b[2]) / 2, height - b[3] + 14,
		bg_jtext(o, "label"));
}

static void draw_node(const json_t *o, double height, struct bg_str *out)
{
	bool map = bg_jtext(o, "fillcolor") != NULL;
	double at[2], w, h;

	if (numbers(bg_jtext(o, "pos"), at, 2) < 2 || numbers(bg_jtext(o, "width"), &w, 1) < 1 ||
	    numbers(bg_jtext(o, "height"), &h, 1) < 1)
		return;
	w *= 72;
	h *= 72;
	bg_html(out, "<g class=\"%s\"><title>%s</title>",
		map			  ? "map"
		: bg_jtext(o, "penwidth") ? "entry"
					  : "function",
		bg_jtext(o, "tooltip"));
	bg_html(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%.1f\"/>", at[0] - w / 2,
		height - at[1] - h / 2, w, h, map ? 2.0 : 10.0);
	bg_html(out, "<text x=\"%.1f\" y=\"%.1f\">%s</text></g>\n", at[0], height - at[1] + 4.5, bg_jtext(o, "label"));
}

/* "e,x,y s,x,y x,y x,y ...": arrowheads at the end and the start, and the points of a curve. */
static void draw_edge(const json_t *o, double height, struct bg_str *out)
{
	const char *s = bg_jtext(o, "pos"), *dir = bg_jtext(o, "dir");
	double p[400], end[2], start[2];
	bool to = false, from = false, map = bg_jtext(o, "color") != NULL;
	size_t n;

	for (; s && (*s == 'e' || *s == 's'); s += strcspn(s, " "), s += strspn(s, " ")) {
		if (*s == 'e')
			to = numbers(s + 2, end, 2) == 2;
		else
			from = numbers(s + 2, start, 2) == 2;
	}
	n = numbers(s, p, BG_ARRAY_SIZE(p)) / 2;
	if (n < 2)
		return;
	bg_html(out, "<path class=\"%s%s\" d=\"M%.1f,%.1f", map ? "access" : "call",
		bg_jtext(o, "style") ? " dashed" : "", from ? start[0] : p[0], height - (from ? start[1] : p[1]));
	if (from)
		bg_html(out, "L%.1f,%.1f", p[0], height - p[1]);
	bg_str_add(out, "C");
	for (size_t i = 1; i < n; i++)
		bg_html(out, " %.1f,%.1f", p[2 * i], height - p[2 * i + 1]);
	if (to)
		bg_html(out, "L%.1f,%.1f", end[0], height - end[1]);
	bg_html(out, "\"%s%s/>\n",
		to && !bg_streq(dir, "none") ? map ? " marker-end=url(#head-map) " : " marker-end=url(#head) " : "",
		from ? " marker-start=url(#tail-map) " : "");
}

static void draw(const json_t *doc, const char *unit, struct bg_str *out)
{
	const json_t *o;
	double bb[4];
	size_t i;

	if (numbers(bg_jtext(doc, "bb"), bb, 4) < 4)
		return;
	bg_html(out,
		"<figure class=scroll tabindex=0><svg class=\"graph%s\" role=img aria-label=\"Call graph of %s\" "
		"width=\"%.1f\" height=\"%.1f\" ",
		bb[2] > 1800 ? "" : " fits", unit, bb[2] + 8, bb[3] + 8);
	bg_html(out, "viewBox=\"-4 -4 %.1f %.1f\">\n", bb[2] + 8, bb[3] + 8);
	bg_svg_heads(out);
	json_array_foreach (json_object_get(doc, "objects"), i, o)
		if (bg_starts(bg_jtext(o, "name") ? bg_jtext(o, "name") : "", "cluster"))
			draw_cluster(o, bb[3], out);
	json_array_foreach (json_object_get(doc, "edges"), i, o)
		draw_edge(o, bb[3], out);
	json_array_foreach (json_object_get(doc, "objects"), i, o)
		if (bg_jtext(o, "pos"))
			draw_node(o, bb[3], out);
	bg_str_add(out, "</svg><figcaption>Rounded: functions, in a frame for each file. Boxes: maps; arrows there "
			"show where data goes.</figcaption></figure>\n");
}

/* Calls as nested lists; one that was shown is only named again. */
static void list_calls(const json_t *functions, const json_t *f, json_t *seen, struct bg_str *out)
{
	const char *name = bg_jtext(f, "name");
	const json_t *callee, *next;
	size_t i;

	bg_html(out, "<li><code>%s</code> <small>%s:%lld</small>", name, bg_jtext(f, "file"),
		(long long)bg_jint(f, "line"));
	if (!name || json_object_get(seen, name)) {
		bg_html(out, "%s</li>\n", json_array_size(json_object_get(f, "callees")) ? " …" : "");
		return;
	}
	json_object_set_new(seen, name, json_true());
	if (json_array_size(json_object_get(f, "callees"))) {
		bg_str_add(out, "<ul>\n");
		json_array_foreach (json_object_get(f, "callees"), i, callee) {
			next = function_named(functions, json_string_value(callee));
			if (next)
				list_calls(functions, next, seen, out);
		}
		bg_str_add(out, "</ul>");
	}
	bg_str_add(out, "</li>\n");
}

void bg_report_graph(const json_t *functions, const json_t *maps, const char *unit, struct bg_str *out)
{
	const json_t *entry = function_named(functions, bg_jtext(functions, "entry"));
	BG_CLEANUP(bg_freep) char *dot = NULL;
	json_t *doc, *seen;

	if (!entry)
		return;
	bg_str_add(out, "<h3>Calls</h3>\n");
	dot = dot_of(functions, maps);
	doc = lay_out(dot);
	if (doc) {
		draw(doc, unit, out);
	} else {
		seen = json_object();
		bg_str_add(out, "<p class=lack>Graphviz's ‘dot’ is not installed, or failed: the calls as a "
				"list.</p>\n<ul class=calls>\n");
		list_calls(functions, entry, seen, out);
		bg_str_add(out, "</ul>\n");
		json_decref(seen);
	}
	json_decref(doc);
}
