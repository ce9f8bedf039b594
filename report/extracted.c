// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* An extracted unit: what it is, its verdicts, its call graph, its maps, its licence, what was noted. */
#include "report/inside.h"

static const char *level_says(const char *level)
{
	static const struct {
		const char *level, *says;
	} all[] = {
		{ "same", "same instructions, relocations and maps as upstream's whole file" },
		{ "pinned", "same once the compiler's choices are pinned" },
		{ "reduced", "same as upstream's file without what the unit leaves out" },
		{ "ir", "same before the compiler's back end" },
		{ "differs", "another program than upstream's" },
		{ "unverified", "not compared" },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(all); i++)
		if (bg_streq(level, all[i].level))
			return all[i].says;
	return "";
}

static const char *tri(const json_t *v)
{
	return json_is_true(v) ? "yes" : json_is_false(v) ? "no" : "not tried";
}

static void verdicts(const json_t *report, struct bg_str *out)
{
	const json_t *verdict = json_object_get(report, "verdict"), *counts = json_object_get(report, "counts");
	const json_t *loads = json_object_get(report, "loads"), *harness = json_object_get(report, "harness");
	const char *level = bg_jtext(verdict, "level"), *minimal = bg_jtext(report, "minimal");

	bg_str_add(out, "<dt>Identical</dt><dd>");
	bg_badge(out,
		 bg_streq(level, "same")      ? "good"
		 : bg_streq(level, "differs") ? "bad"
					      : "warn",
		 level ? level : "unknown");
	bg_html(out, " %s%s%s</dd>\n<dt>Minimal</dt><dd>", level_says(level), bg_jtext(verdict, "detail") ? ": " : "",
		bg_jtext(verdict, "detail"));
	bg_badge(out, bg_streq(minimal, "unproven") ? "plain" : "good",
		 bg_streq(minimal, "unproven") ? "not proven"
		 : minimal		       ? minimal
					       : "unknown");
	bg_html(out,
		" %lld of %lld lines, %lld of %lld declarations, %lld macros, %lld includes</dd>\n<dt>Loads</dt><dd>",
		(long long)bg_jint(counts, "unit_lines"), (long long)bg_jint(counts, "tu_lines"),
		(long long)bg_jint(counts, "declarations"), (long long)bg_jint(counts, "tu_declarations"),
		(long long)bg_jint(counts, "macros"), (long long)bg_jint(counts, "includes"));
	if (json_is_object(harness) && !json_is_boolean(loads))
		loads = json_object_get(harness, "loads");
	bg_badge(out, json_is_true(loads) ? "good" : json_is_false(loads) ? "bad" : "plain", tri(loads));
	if (json_is_object(harness))
		bg_html(out, " by a program made around it, %s", bg_jtext(harness, "file"));
	if (json_is_integer(json_object_get(report, "instructions")))
		bg_html(out, " %lld instructions", (long long)bg_jint(report, "instructions"));
	bg_html(out, ", on Linux %s; upstream's own object: %s</dd>\n", bg_jtext(report, "kernel"),
		tri(json_object_get(report, "upstream_loads")));
	bg_str_add(out, "</dl>\n");
}

static void origin(const json_t *report, struct bg_str *out)
{
	const json_t *flag;
	size_t i;

	bg_str_add(out, "<dl class=facts>\n");
	bg_html(out, "<dt>Function</dt><dd><code>%s</code> at <code>%s:%lld</code>", bg_jtext(report, "entry"),
		bg_jtext(report, "file"), (long long)bg_jint(report, "line"));
	if (bg_jtext(report, "section"))
		bg_html(out, ", section <code>%s</code>", bg_jtext(report, "section"));
	if (bg_jtext(report, "hook"))
		bg_html(out, ", hook %s", bg_jtext(report, "hook"));
	bg_html(out, "</dd>\n<dt>Repository</dt><dd><code>%s</code> at <code>%s</code></dd>\n",
		bg_jtext(report, "repository"),
		bg_jtext(report, "revision") ? bg_jtext(report, "revision") : "no commit");
	bg_str_add(out, "<dt>Upstream's flags</dt><dd><code>");
	json_array_foreach (json_object_get(report, "upstream_cflags"), i, flag)
		bg_html(out, "%s%s", i ? " " : "", json_string_value(flag));
	bg_str_add(out, "</code></dd>\n");
}

static void licence(const json_t *report, struct bg_str *out)
{
	const json_t *l = json_object_get(report, "licence"), *s;
	const char *verdict = bg_jtext(l, "verdict");
	size_t i;

	if (!json_is_object(l))
		return;
	bg_str_add(out, "<h3>Licence</h3>\n<p>");
	bg_badge(out,
		 bg_streq(verdict, "compatible") ? "good"
		 : bg_streq(verdict, "clash")	 ? "bad"
						 : "warn",
		 verdict ? verdict : "unknown");
	bg_html(out,
		" %s</p>\n<details><summary>%zu sources</summary><div class=scroll tabindex=0><table "
		"class=grid><thead><tr><th scope=col>File"
		"<th scope=col>States<th scope=col>How<th scope=col>Copyright</tr></thead><tbody>\n",
		bg_jtext(l, "expression") ? bg_jtext(l, "expression") : "no licence is stated",
		json_array_size(json_object_get(l, "sources")));
	json_array_foreach (json_object_get(l, "sources"), i, s) {
		const json_t *c;
		size_t k;

		bg_html(out, "<tr><td><code>%s</code></td><td>%s</td><td>%s</td><td>", bg_jtext(s, "file"),
			bg_jtext(s, "expression") ? bg_jtext(s, "expression") : "nothing",
			bg_jtext(s, "from") ? bg_jtext(s, "from") : "–");
		json_array_foreach (json_object_get(s, "copyrights"), k, c)
			bg_html(out, "%s%s", k ? "; " : "", json_string_value(c));
		bg_str_add(out, "</td></tr>\n");
	}
	bg_str_add(out, "</tbody></table></div></details>\n");
}

static void names(const json_t *list, struct bg_str *out)
{
	const json_t *name;
	size_t i;

	if (!json_array_size(list))
		bg_str_add(out, "–");
	json_array_foreach (list, i, name)
		bg_html(out, "%s<code>%s</code>", i ? ", " : "", json_string_value(name));
}

static void maps_table(const json_t *maps, struct bg_str *out)
{
	const json_t *m;
	size_t i;

	if (!json_array_size(maps))
		return;
	bg_str_add(out, "<h3>Maps</h3>\n<div class=scroll tabindex=0><table class=grid><thead><tr><th scope=col>Map<th "
			"scope=col>Read by<th scope=col>"
			"Written by<th scope=col>Passed on by<th scope=col>Defined</tr></thead><tbody>\n");
	json_array_foreach (maps, i, m) {
		bg_html(out, "<tr><th scope=row><code>%s</code></th><td>", bg_jtext(m, "name"));
		names(json_object_get(m, "readers"), out);
		bg_str_add(out, "</td><td>");
		names(json_object_get(m, "writers"), out);
		bg_str_add(out, "</td><td>");
		names(json_object_get(m, "passes_on"), out);
		bg_html(out, "</td><td><details><summary>%s:%lld</summary><pre>%s</pre></details></td></tr>\n",
			bg_jtext(m, "file"), (long long)bg_jint(m, "line"), bg_jtext(m, "definition"));
	}
	bg_str_add(out, "</tbody></table></div>\n");
}

static void texts(const json_t *list, const char *title, const char *kind, struct bg_str *out)
{
	const json_t *text;
	size_t i;

	if (!json_array_size(list))
		return;
	bg_html(out, "<h3>%s</h3>\n<ul class=messages>\n", title);
	json_array_foreach (list, i, text)
		bg_html(out, "<li class=\"%s\">%s</li>\n", kind,
			json_is_string(text) ? json_string_value(text) : bg_jtext(text, "message"));
	bg_str_add(out, "</ul>\n");
}

void bg_report_extract(const struct bg_report *r, const json_t *item, struct bg_str *out)
{
	const json_t *report = json_object_get(item, "report");
	const char *name = bg_jtext(item, "name");
	json_t *functions, *maps;

	bg_card(out, "extract", name, "Extracted");
	if (!bg_nothing_made(out, item)) {
		functions = bg_report_load(r, "extract", name, "functions.json");
		maps = bg_report_load(r, "extract", name, "maps.json");
		origin(report, out);
		verdicts(report, out);
		texts(json_object_get(report, "questions"), "Questions", "error", out);
		bg_report_graph(functions, maps, name, out);
		maps_table(json_object_get(maps, "maps"), out);
		bg_report_unit(r, item, out);
		licence(report, out);
		texts(json_object_get(report, "notes"), "Notes", "note", out);
		json_decref(functions);
		json_decref(maps);
	}
	bg_str_add(out, "</section>\n");
}
