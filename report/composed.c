// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A chain: what is attached how and why, what it costs, and its picture. */
#include "report/inside.h"

static void attachment(const json_t *item, const json_t *plan, struct bg_str *out)
{
	const json_t *join = json_object_get(plan, "join"), *attach = json_object_get(plan, "attach");
	bool attached = json_is_true(json_object_get(item, "attached"));

	bg_str_add(out, "<dl class=facts>\n<dt>State</dt><dd>");
	bg_badge(out, attached ? "good" : bg_jint(item, "exit") ? "warn" : "plain", attached ? "attached" : "planned");
	bg_html(out, " on <code>%s</code>%s%s at %s</dd>\n<dt>Joined</dt><dd><b>%s</b>", bg_jtext(plan, "interface"),
		bg_jtext(plan, "netns") ? " in network namespace " : "", bg_jtext(plan, "netns"),
		bg_jtext(plan, "hook"), bg_jtext(join, "method"));
	if (bg_jtext(join, "how"))
		bg_html(out, ", %s: %lld instructions in %lld program%s", bg_jtext(join, "how"),
			(long long)bg_jint(join, "instructions"), (long long)bg_jint(join, "programs"),
			bg_jint(join, "programs") == 1 ? "" : "s");
	bg_html(out, "%s%s</dd>\n<dt>Attached by</dt><dd><b>%s</b>%s%s", bg_jtext(join, "why") ? "; " : "",
		bg_jtext(join, "why"), bg_jtext(attach, "method"), bg_jtext(attach, "why") ? "; " : "",
		bg_jtext(attach, "why"));
	if (json_is_false(json_object_get(attach, "available"))) {
		bg_str_add(out, " ");
		bg_badge(out, "bad", "not available");
		bg_html(out, " %s", bg_jtext(attach, "lacking"));
	}
	bg_html(out, "</dd>\n<dt>Changed</dt><dd>%s</dd>\n",
		json_is_true(json_object_get(plan, "atomic")) ? "at once: no packet meets half of it"
							      : "one program after another");
	if (json_is_object(json_object_get(plan, "replaces")))
		bg_html(out, "<dt>Replaces</dt><dd>what is attached now, %s</dd>\n",
			bg_jtext(json_object_get(plan, "replaces"), "how"));
}

static void cost(const json_t *plan, struct bg_str *out)
{
	const json_t *c = json_object_get(plan, "cost");

	bg_str_add(out, "<dt>Cost</dt><dd>");
	if (!json_is_object(c))
		bg_str_add(out, "not measured: that is done with ‘--report’ or by ‘compose’");
	else if (json_is_integer(json_object_get(c, "ns")))
		bg_html(out,
			"<b>%lld ns</b> a packet for the chain (%s; verdict %lld, best of %lld rounds of %lld test "
			"runs on this machine)",
			(long long)bg_jint(c, "ns"), bg_jtext(c, "packet"), (long long)bg_jint(c, "verdict"),
			(long long)bg_jint(c, "rounds"), (long long)bg_jint(c, "runs"));
	else
		bg_html(out, "not measured: %s", bg_jtext(c, "why"));
	bg_str_add(out, "</dd>\n</dl>\n");
}

static void others(const json_t *list, struct bg_str *out)
{
	const json_t *o;
	size_t i;

	if (!json_array_size(list))
		return;
	bg_str_add(out, "<h3>Programs of others on the hook</h3>\n<ul>\n");
	json_array_foreach (list, i, o)
		bg_html(out, "<li><code>%s</code> (id %lld), %s the chain</li>\n", bg_jtext(o, "program"),
			(long long)bg_jint(o, "id"), bg_jtext(o, "position"));
	bg_str_add(out, "</ul>\n");
}

static void state(const json_t *s, struct bg_str *out)
{
	const json_t *row;
	size_t i;

	if (!json_array_size(json_object_get(s, "rows")))
		return;
	bg_str_add(out, "<h3>What the kernel has there</h3>\n<div class=scroll tabindex=0><table "
			"class=grid><thead><tr><th scope=col class=num>Order<th scope=col>"
			"Program<th scope=col class=num>Id<th scope=col>Tag<th scope=col>Mode<th scope=col>Owner<th "
			"scope=col>Member<th scope=col>State</tr></thead><tbody>\n");
	json_array_foreach (json_object_get(s, "rows"), i, row)
		bg_html(out,
			"<tr><td class=num>%lld</td><td><code>%s</code></td><td "
			"class=num>%lld</td><td><code>%s</code></td><td>%s</td><td>%s</td><td>%s</td>"
			"<td>%s</td></tr>\n",
			(long long)bg_jint(row, "order"), bg_jtext(row, "program"), (long long)bg_jint(row, "id"),
			bg_jtext(row, "tag"), bg_jtext(row, "mode"),
			bg_jtext(row, "owner") ? bg_jtext(row, "owner") : "another", bg_jtext(row, "member"),
			bg_jtext(row, "state"));
	bg_str_add(out, "</tbody></table></div>\n");
}

static void member_details(const json_t *plan, struct bg_str *out)
{
	const json_t *m, *x;
	size_t i, k;

	bg_str_add(out, "<h3>Members</h3>\n<div class=scroll tabindex=0><table class=grid><thead><tr><th scope=col "
			"class=num>Order<th scope=col>Member<th scope=col>Program"
			"<th scope=col>From<th scope=col>Maps and variables set</tr></thead><tbody>\n");
	json_array_foreach (json_object_get(plan, "chain"), i, m) {
		const char *from = bg_jtext(m, "from"), *run = bg_jtext(m, "run");

		bg_html(out, "<tr><td class=num>%lld</td><th scope=row>%s</th><td><code>%s</code></td><td>%s</td><td>",
			(long long)bg_jint(m, "order"), run, bg_jtext(m, "program"), from);
		json_array_foreach (json_object_get(m, "maps"), k, x)
			bg_html(out, "<div><code>%s</code>: %lld entries%s%s</div>", bg_jtext(x, "map"),
				(long long)bg_jint(x, "entries"), bg_jtext(x, "pin") ? ", pinned at " : "",
				bg_jtext(x, "pin"));
		json_array_foreach (json_object_get(m, "globals"), k, x)
			bg_html(out, "<div><code>%s</code></div>", json_string_value(x));
		bg_str_add(out, "</td></tr>\n");
	}
	bg_str_add(out, "</tbody></table></div>\n");
}

void bg_report_compose(const struct bg_report *r, const json_t *item, struct bg_str *out)
{
	const json_t *plan = json_object_get(item, "plan");

	(void)r;
	bg_card(out, "compose", bg_jtext(item, "name"), "Composed");
	if (!bg_nothing_made(out, item)) {
		attachment(item, plan, out);
		cost(plan, out);
		bg_report_chain(plan, out);
		member_details(plan, out);
		others(json_object_get(plan, "others"), out);
		state(json_object_get(item, "state"), out);
	}
	bg_str_add(out, "</section>\n");
}
