// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Original and port on the same packets: the verdicts, the packets header by header, branches, maps, what is not shown.
 * Of a unit without a port the same, without what is compared.
 */
#include "report/inside.h"

#define SHOWN 100u /* packets listed one by one */

static void bar(const json_t *coverage, struct bg_str *out)
{
	double percent = json_number_value(json_object_get(coverage, "percent"));

	bg_html(out,
		"<svg class=bar role=img aria-label=\"%.1f percent\" viewBox=\"0 0 100 4\" preserveAspectRatio=none>"
		"<rect class=all width=\"100\" height=\"4\"/><rect class=part width=\"%.1f\" height=\"4\"/></svg>\n",
		percent, percent);
}

/* A unit without a port, which nothing was compared with. */
static bool is_alone(const json_t *report)
{
	return json_is_null(json_object_get(report, "port"));
}

static void alone(const json_t *report, struct bg_str *out)
{
	const json_t *counts = json_object_get(report, "counts"), *unit = json_object_get(report, "original");
	bool refused = bg_streq(bg_jtext(json_object_get(report, "verdict"), "level"), "refused");

	bg_badge(out, refused ? "bad" : "good", refused ? "does not load" : "loads");
	bg_html(out, " on Linux %s: <code>%s</code>%s%s; it has no port, so it is compared with nothing</dd>\n",
		bg_jtext(report, "kernel"), bg_jtext(unit, "object"), bg_jtext(unit, "hook") ? " at " : "",
		bg_jtext(unit, "hook") ? bg_jtext(unit, "hook") : "");
	bg_html(out, "<dt>Packets</dt><dd>%lld run, %lld that the test run does not take</dd>\n",
		(long long)(bg_jint(counts, "packets") - bg_jint(counts, "not_comparable")),
		(long long)bg_jint(counts, "not_comparable"));
}

static void compared(const json_t *report, struct bg_str *out)
{
	const json_t *counts = json_object_get(report, "counts"), *verdict = json_object_get(report, "verdict");
	const json_t *a = json_object_get(report, "original"), *b = json_object_get(report, "port");
	bool equal = json_is_true(json_object_get(verdict, "equal"));

	bg_badge(out, equal ? "good" : "bad", equal ? "equal" : "not equal");
	bg_html(out, " %s on Linux %s: <code>%s</code> at %s against <code>%s</code> at %s</dd>\n",
		bg_jtext(verdict, "level"), bg_jtext(report, "kernel"), bg_jtext(a, "object"), bg_jtext(a, "hook"),
		bg_jtext(b, "object"), bg_jtext(b, "hook"));
	bg_html(out,
		"<dt>Packets</dt><dd>%lld run, %lld equal, %lld different, %lld not comparable; of %lld that a file "
		"states, %lld as stated</dd>\n",
		(long long)bg_jint(counts, "packets"), (long long)bg_jint(counts, "equal"),
		(long long)bg_jint(counts, "different"), (long long)bg_jint(counts, "not_comparable"),
		(long long)bg_jint(counts, "expected"), (long long)bg_jint(counts, "as_expected"));
}

static void facts(const json_t *report, struct bg_str *out)
{
	const json_t *made = json_object_get(report, "generated"), *coverage = json_object_get(report, "coverage");

	bg_str_add(out, "<dl class=facts>\n<dt>Verdict</dt><dd>");
	(is_alone(report) ? alone : compared)(report, out);
	if (json_is_object(made))
		bg_html(out,
			"<dt>Generated</dt><dd>seed %lld; %lld variations, %lld found by watching the original, %lld "
			"entries of maps</dd>\n",
			(long long)bg_jint(made, "seed"), (long long)bg_jint(made, "variations"),
			(long long)bg_jint(made, "found"), (long long)bg_jint(made, "map_entries"));
	bg_str_add(out, "<dt>Branches</dt><dd>");
	if (json_is_true(json_object_get(coverage, "measured"))) {
		bg_html(out, "%lld of %lld ways of the original were gone (%.1f %%)",
			(long long)bg_jint(coverage, "reached"), (long long)bg_jint(coverage, "ways"),
			json_number_value(json_object_get(coverage, "percent")));
		bar(coverage, out);
	} else {
		bg_html(out, "not measured: %s", bg_jtext(coverage, "why"));
	}
	bg_str_add(out, "</dd>\n</dl>\n");
}

/* What the original returned against what the port did, with how many packets. */
static void matrix(const json_t *vectors, bool alone, struct bg_str *out)
{
	json_t *pairs = json_object(), *v, *n;
	const char *key;
	size_t i;

	json_array_foreach (vectors, i, v) {
		const char *a = bg_jtext(v, "verdict_a"), *b = alone ? "" : bg_jtext(v, "verdict_b");
		BG_CLEANUP(bg_freep) char *pair = bg_printf("%s\n%s", a ? a : "not run", b ? b : "not run");

		json_object_set_new(pairs, pair, json_integer(bg_jint(pairs, pair) + 1));
	}
	if (json_object_size(pairs)) {
		bg_html(out,
			"<div class=scroll tabindex=0><table class=grid><thead><tr><th scope=col>The %s returns",
			alone ? "unit" : "original");
		bg_str_add(out, alone ? "" : "<th scope=col>The port returns");
		bg_str_add(out, "<th scope=col class=num>Packets</tr></thead><tbody>\n");
		json_object_foreach (pairs, key, n) {
			BG_CLEANUP(bg_freep) char *a = bg_strndup(key, strcspn(key, "\n"));

			bg_html(out, "<tr><td><code>%s</code></td>", a);
			if (!alone)
				bg_html(out, "<td><code>%s</code></td>", key + strlen(a) + 1);
			bg_html(out, "<td class=num>%lld</td></tr>\n", (long long)json_integer_value(n));
		}
		bg_str_add(out, "</tbody></table></div>\n");
	}
	json_decref(pairs);
}

static const char *outcome(const json_t *v, bool alone)
{
	const json_t *equal = json_object_get(v, "equal");

	if (alone)
		return bg_jtext(v, "verdict_a") ? "run" : "not run";
	return json_is_true(equal) ? "equal" : json_is_false(equal) ? "differs" : "not comparable";
}

static void packet(const json_t *v, bool alone, struct bg_str *out)
{
	const json_t *equal = json_object_get(v, "equal"), *expected = json_object_get(v, "expected"), *line;
	size_t i;

	bg_html(out, "<tr><th scope=row>%s%s</th><td class=headers>", bg_jtext(v, "name"),
		bg_streq(bg_jtext(v, "contents"), "filled") ? " (maps filled)" : "");
	json_array_foreach (json_object_get(v, "headers"), i, line)
		bg_html(out, "<div>%s</div>", json_string_value(line));
	bg_html(out, "</td><td class=num>%lld", (long long)bg_jint(v, "len_in"));
	if (json_is_integer(json_object_get(v, "len")))
		bg_html(out, " → %lld", (long long)bg_jint(v, "len"));
	bg_html(out, "</td><td><code>%s</code></td>", bg_jtext(v, "verdict_a") ? bg_jtext(v, "verdict_a") : "–");
	if (!alone)
		bg_html(out, "<td><code>%s</code></td>", bg_jtext(v, "verdict_b") ? bg_jtext(v, "verdict_b") : "–");
	bg_str_add(out, "<td>");
	bg_badge(out,
		 json_is_true(equal)	? "good"
		 : json_is_false(equal) ? "bad"
					: "plain",
		 outcome(v, alone));
	if (json_is_boolean(expected))
		bg_html(out, " <small>%s</small>", json_is_true(expected) ? "as stated" : "not as stated");
	if (bg_jtext(v, "why"))
		bg_html(out, " <small>%s</small>", bg_jtext(v, "why"));
	bg_str_add(out, "</td></tr>\n");
}

/* What is looked at first stands first: differences, then the user's own, then the others. */
static int weight(const json_t *v)
{
	return json_is_false(json_object_get(v, "equal")) || json_is_false(json_object_get(v, "expected")) ? 0
	       : !json_is_true(json_object_get(v, "generated"))						   ? 1
													   : 2;
}

static void packets(const json_t *vectors, bool alone, struct bg_str *out)
{
	size_t n = json_array_size(vectors), shown = 0, i;
	const json_t *v;

	if (!n)
		return;
	bg_html(out,
		"<details%s><summary>%zu packets, header by header</summary><div class=scroll tabindex=0><table "
		"class=\"grid packets\"><thead><tr>"
		"<th scope=col>Packet<th scope=col>Headers<th scope=col class=num>Bytes<th scope=col>",
		n <= 40 ? " open" : "", n);
	bg_str_add(out, alone ? "Verdict" : "Original<th scope=col>Port");
	bg_str_add(out, "<th scope=col>Outcome</tr></thead><tbody>\n");
	for (int w = 0; w < 3; w++)
		json_array_foreach (vectors, i, v)
			if (weight(v) == w && shown < SHOWN) {
				packet(v, alone, out);
				shown++;
			}
	bg_str_add(out, "</tbody></table></div>");
	if (n > shown)
		bg_html(out,
			"<p class=lack>%zu more, all of them generated or like those shown: verify.json lists "
			"them.</p>",
			n - shown);
	bg_str_add(out, "</details>\n");
}

static void missed(const struct bg_report *r, const char *name, const json_t *list, struct bg_str *out)
{
	const json_t *port = bg_report_item(r, "transform", name), *m, *to;
	const char *unit = port ? bg_jtext(port, "unit") : name;
	size_t i, k;

	if (!json_array_size(list))
		return;
	bg_html(out,
		"<details><summary>%zu branches that were not reached in full</summary><div class=scroll "
		"tabindex=0><table class=grid><thead><tr>"
		"<th scope=col>Branch<th scope=col>Upstream<th scope=col>What was missed</tr></thead><tbody>\n",
		json_array_size(list));
	json_array_foreach (list, i, m) {
		const json_t *up = json_object_get(m, "upstream");

		if (unit)
			bg_html(out, "<tr><td><a href=\"#L.%s.%lld\">line %lld</a></td><td>", unit,
				(long long)bg_jint(m, "line"), (long long)bg_jint(m, "line"));
		else
			bg_html(out, "<tr><td>line %lld</td><td>", (long long)bg_jint(m, "line"));
		if (json_is_object(up))
			bg_html(out, "<code>%s:%lld</code>", bg_jtext(up, "file"), (long long)bg_jint(up, "line"));
		bg_html(out, "</td><td>%s",
			json_is_true(json_object_get(m, "reached")) ? "never on to line" : "no packet came here");
		json_array_foreach (json_object_get(m, "never_to"), k, to)
			if (json_is_true(json_object_get(m, "reached")) && json_is_integer(to))
				bg_html(out, "%s %lld", k ? "," : "", (long long)json_integer_value(to));
		bg_str_add(out, "</td></tr>\n");
	}
	bg_str_add(out, "</tbody></table></div></details>\n");
}

static void maps(const json_t *list, bool alone, struct bg_str *out)
{
	const json_t *m;
	size_t i;

	if (!json_array_size(list))
		return;
	bg_str_add(out, "<h3>Maps and variables afterwards</h3>\n<div class=scroll tabindex=0><table "
			"class=grid><thead><tr><th scope=col>Name<th scope=col>"
			"Type<th scope=col>First contents<th scope=col class=num>Entries<th "
			"scope=col>Outcome</tr></thead><tbody>\n");
	json_array_foreach (list, i, m) {
		bool compared = json_is_true(json_object_get(m, "compared")),
		     equal = json_is_true(json_object_get(m, "equal"));

		bg_html(out, "<tr><th scope=row><code>%s</code></th><td>%s</td><td>%s</td><td class=num>%lld</td><td>",
			bg_jtext(m, "name"), bg_jtext(m, "type"), bg_jtext(m, "contents"),
			(long long)bg_jint(m, "entries"));
		bg_badge(out,
			 !compared ? "plain"
			 : equal   ? "good"
				   : "bad",
			 alone	   ? "not compared: no port"
			 : !compared ? "not compared"
			 : equal   ? "equal"
				   : "differs");
		bg_html(out, " <small>%s</small></td></tr>\n", bg_jtext(m, "why"));
	}
	bg_str_add(out, "</tbody></table></div>\n");
}

static void smallest(const json_t *s, struct bg_str *out)
{
	if (!json_is_object(s))
		return;
	bg_html(out,
		"<h3>The smallest packet that shows the difference</h3>\n<p>It differs in its %s, and has %lld "
		"bytes:</p>\n<pre class=hex>%s</pre>\n",
		bg_jtext(s, "kind"), (long long)bg_jint(s, "len"), bg_jtext(s, "hex"));
}

static void not_covered(const json_t *list, struct bg_str *out)
{
	const json_t *text;
	size_t i;

	if (!json_array_size(list))
		return;
	bg_str_add(out, "<details><summary>What this does not show</summary><ul>\n");
	json_array_foreach (list, i, text)
		bg_html(out, "<li>%s</li>\n", json_string_value(text));
	bg_str_add(out, "</ul></details>\n");
}

/* Errors of the comparison, with their dumps: the first differing byte is told there. */
static void differences(const struct bg_report *r, const json_t *report, struct bg_str *out)
{
	const json_t *d;
	bool in = false, any = false;
	size_t i;

	if (json_is_true(json_object_get(json_object_get(report, "verdict"), "equal")) ||
	    json_array_size(json_object_get(r->run, "verify")) != 1)
		return;
	json_array_foreach (json_object_get(r->run, "diagnostics"), i, d) {
		const char *id = bg_jtext(d, "id"), *severity = bg_jtext(d, "severity");

		if (!id || !bg_starts(id, "BG25"))
			continue;
		if (bg_streq(severity, "error"))
			in = true;
		if (!in || bg_streq(id, "BG2520"))
			continue;
		if (!any)
			bg_str_add(out, "<h3>What differs</h3>\n<pre class=hex>");
		any = true;
		bg_html(out, "%s\n", bg_jtext(d, "message"));
	}
	if (any)
		bg_str_add(out, "</pre>\n");
}

/* What the verdict does not cover. */
static void local_forms(const json_t *wire, struct bg_str *out)
{
	static const char *const forms[][2] = {
		{ "large", "Several segments in one piece (GSO, GRO)" },
		{ "tunnelled", "Several segments in one tunnel" },
		{ "checksum", "Checksums that a local sender left to its device" },
		{ "tag", "VLAN tags that a local sender left to its device" },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(forms); i++) {
		const json_t *form = json_object_get(wire, forms[i][0]);

		if (bg_jint(form, "different"))
			bg_html(out,
				"<p>%s, which the verdict does not cover: %lld vectors equal, %lld different.</p>\n",
				forms[i][1], (long long)bg_jint(form, "equal"), (long long)bg_jint(form, "different"));
	}
}

void bg_report_verify(const struct bg_report *r, const json_t *item, struct bg_str *out)
{
	const json_t *report = json_object_get(item, "report"), *wire = json_object_get(report, "wire");
	const char *name = bg_jtext(item, "name");
	bool lone = is_alone(report);

	bg_card(out, "verify", name, lone ? "Verified alone" : "Verified");
	if (!bg_nothing_made(out, item)) {
		facts(report, out);
		differences(r, report, out);
		smallest(json_object_get(report, "smallest"), out);
		matrix(json_object_get(report, "vectors"), lone, out);
		if (json_is_object(wire))
			bg_html(out, "<p>On the wire: %lld packets, %lld equal, %lld different.</p>\n",
				(long long)bg_jint(wire, "packets"), (long long)bg_jint(wire, "equal"),
				(long long)bg_jint(wire, "different"));
		if (bg_jint(wire, "otherwise"))
			local_forms(wire, out);
		bg_report_kernels(report, out);
		packets(json_object_get(report, "vectors"), lone, out);
		missed(r, name, json_object_get(json_object_get(report, "coverage"), "missed"), out);
		maps(json_object_get(report, "maps"), lone, out);
		not_covered(json_object_get(report, "not_covered"), out);
	}
	bg_str_add(out, "</section>\n");
}
