// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The picture of a chain: a box for each member, one under the other, with the verdicts after which the next one runs
 * on the arrow down, and where any other verdict leads on the arrow to the right.
 */
#include "report/inside.h"

enum { WIDTH = 720, LEFT = 24, BOX = 300, HEIGHT = 62, GAP = 64, TOP = 74, OUT_AT = 520, STEP = HEIGHT + GAP };

static double top_of(size_t i)
{
	return TOP + (double)i * STEP;
}

/* Text that is too long for its place is cut; the whole is in the table below. */
static void label(struct bg_str *out, const char *class, double x, double y, const char *text, size_t most)
{
	BG_CLEANUP(bg_freep) char *cut = bg_strndup(text ? text : "", most);

	bg_html(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s%s</text>\n", class, x, y, cut,
		text && strlen(text) > most ? "…" : "");
}

static json_int_t ns_of(const json_t *plan, const char *run, bool *ret_known)
{
	const json_t *m, *all = json_object_get(json_object_get(plan, "cost"), "members");
	size_t i;

	*ret_known = false;
	json_array_foreach (all, i, m)
		if (bg_streq(bg_jtext(m, "run"), run) && json_is_integer(json_object_get(m, "ns"))) {
			*ret_known = true;
			return bg_jint(m, "ns");
		}
	return 0;
}

static void box(const json_t *plan, const json_t *m, double y, struct bg_str *out)
{
	bool known;
	json_int_t ns = ns_of(plan, bg_jtext(m, "run"), &known);
	BG_CLEANUP(bg_freep)
	char *below = bg_printf("%s, %s", bg_jtext(m, "program") ? bg_jtext(m, "program") : "",
				bg_streq(bg_jtext(m, "from"), "result")	  ? "from upstream"
				: bg_streq(bg_jtext(m, "from"), "source") ? "own source"
									  : "own object");

	bg_html(out, "<g class=\"member %s\"><rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n",
		bg_jtext(m, "from"), LEFT, y, BOX, HEIGHT);
	label(out, "name", LEFT + 16, y + 26, bg_jtext(m, "run"), 26);
	label(out, "small", LEFT + 16, y + 47, below, 38);
	if (known) {
		BG_CLEANUP(bg_freep) char *cost = bg_printf("%lld ns", (long long)ns);

		label(out, "cost", LEFT + BOX - 14, y + 26, cost, 12);
	}
	bg_str_add(out, "</g>\n");
}

static void arrow(struct bg_str *out, double x1, double y1, double x2, double y2)
{
	bg_html(out, "<path class=call d=\"M%.1f,%.1fL%.1f,%.1f\" marker-end=\"url(#head)\"/>\n", x1, y1, x2, y2);
}

static size_t index_of(const json_t *chain, const char *run)
{
	const json_t *m;
	size_t i;

	json_array_foreach (chain, i, m)
		if (bg_streq(bg_jtext(m, "run"), run))
			return i;
	return json_array_size(chain);
}

static char *joined(const json_t *list)
{
	struct bg_str s = { 0 };
	const json_t *v;
	size_t i;

	json_array_foreach (list, i, v)
		bg_str_addf(&s, "%s%s", i ? ", " : "", json_string_value(v) ? json_string_value(v) : "");
	return bg_str_take(&s);
}

/* Down to the next member, or out of the chain below the last. */
static void way_on(const json_t *plan, const json_t *m, size_t i, size_t n, struct bg_str *out)
{
	BG_CLEANUP(bg_freep) char *verdicts = joined(json_object_get(m, "continue_on"));
	const char *final = bg_jtext(plan, "final");
	bool last = i + 1 == n;

	if (last && bg_streq(final, "last")) {
		arrow(out, LEFT + BOX / 2.0, top_of(i) + HEIGHT, LEFT + BOX / 2.0, top_of(i) + HEIGHT + 32);
		label(out, "end", LEFT + BOX / 2.0 + 12, top_of(i) + HEIGHT + 26, "its verdict is the chain's", 60);
		return;
	}
	arrow(out, LEFT + BOX / 2.0, top_of(i) + HEIGHT, LEFT + BOX / 2.0,
	      last ? top_of(i) + HEIGHT + 32 : top_of(i + 1));
	label(out, "edge", LEFT + BOX / 2.0 + 12, top_of(i) + HEIGHT + 26, verdicts, 60);
	if (last)
		label(out, "end", LEFT + BOX / 2.0 + 12, top_of(i) + HEIGHT + 46, final, 20);
}

/* To the right: out of the chain with that verdict, or over the members between to another one. */
static void way_out(const json_t *chain, const json_t *m, size_t i, bool last, const char *final, struct bg_str *out)
{
	const char *otherwise = bg_jtext(m, "otherwise");
	size_t to = otherwise && strcmp(otherwise, "stop") != 0 ? index_of(chain, otherwise) : json_array_size(chain);
	double y = top_of(i) + HEIGHT / 2.0, x = LEFT + BOX, bend = x + 70 + 26.0 * (double)(i % 4);

	if (to > i && to < json_array_size(chain)) {
		bg_html(out,
			"<path class=\"call skip\" d=\"M%.1f,%.1fL%.1f,%.1fL%.1f,%.1fL%.1f,%.1f\" "
			"marker-end=\"url(#head)\"/>\n",
			x, y, bend, y, bend, top_of(to) + 18, x, top_of(to) + 18);
		label(out, "edge", bend + 8, y - 8, "any other: skip to", 40);
		label(out, "edge", bend + 8, y + 10, otherwise, 26);
		return;
	}
	if (last && bg_streq(final, "last"))
		return;
	arrow(out, x, y, OUT_AT, y);
	label(out, "edge", x + 40, y - 8, "any other verdict", 40);
	bg_html(out, "<g class=exit><rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"36\" rx=\"18\"/>", OUT_AT, y - 18,
		WIDTH - OUT_AT - LEFT);
	label(out, "small", OUT_AT + 18, y + 5, "ends the chain", 40);
	bg_str_add(out, "</g>\n");
}

void bg_report_chain(const json_t *plan, struct bg_str *out)
{
	const json_t *chain = json_object_get(plan, "chain"), *m;
	size_t n = json_array_size(chain), i;
	const char *final = bg_jtext(plan, "final");
	BG_CLEANUP(bg_freep)
	char *in = bg_printf("packets of %s, at %s", bg_jtext(plan, "interface") ? bg_jtext(plan, "interface") : "?",
			     bg_jtext(plan, "hook") ? bg_jtext(plan, "hook") : "?");

	if (!n)
		return;
	bg_html(out, "<figure><svg class=chain role=img aria-label=\"The chain %s\" viewBox=\"0 0 %d %.1f\">\n",
		bg_jtext(plan, "datapath"), WIDTH, top_of(n) - GAP + 60);
	bg_svg_heads(out);
	label(out, "end", LEFT + 16, 26, in, 50);
	arrow(out, LEFT + BOX / 2.0, 36, LEFT + BOX / 2.0, TOP);
	json_array_foreach (chain, i, m) {
		way_on(plan, m, i, n, out);
		way_out(chain, m, i, i + 1 == n, final, out);
	}
	json_array_foreach (chain, i, m)
		box(plan, m, top_of(i), out);
	bg_str_add(out, "</svg></figure>\n");
}
