// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A port: from where to where, what was reserved, and the diff with what is behind each of its changes. */
#include "core/linediff.h"
#include "report/inside.h"

static void facts(const json_t *report, struct bg_str *out)
{
	const json_t *kernel = json_object_get(report, "kernel"), *loaded = json_object_get(report, "loaded");
	const json_t *n = json_object_get(report, "instructions");

	bg_html(out,
		"<dl class=facts>\n<dt>From, to</dt><dd><code>%s</code> → <code>%s</code>, program "
		"<code>%s</code></dd>\n",
		bg_jtext(report, "from"), bg_jtext(report, "to"), bg_jtext(report, "entry"));
	bg_str_add(out, "<dt>Loads</dt><dd>");
	bg_badge(out,
		 json_is_true(loaded)	 ? "good"
		 : json_is_false(loaded) ? "bad"
					 : "plain",
		 json_is_true(loaded)	 ? "yes"
		 : json_is_false(loaded) ? "no"
					 : "not tried");
	if (json_is_object(kernel))
		bg_html(out, " on Linux %s%s", bg_jtext(kernel, "release"),
			json_is_true(json_object_get(kernel, "probed")) ? ", which was asked what it offers"
									: ", judged by tables");
	bg_str_add(out, "</dd>\n");
	if (json_is_integer(json_object_get(n, "before")) && json_is_integer(json_object_get(n, "after")))
		bg_html(out, "<dt>Instructions</dt><dd>%lld, of the original %lld</dd>\n",
			(long long)bg_jint(n, "after"), (long long)bg_jint(n, "before"));
	bg_html(out, "<dt>Lets a packet pass</dt><dd>%s</dd>\n</dl>\n",
		bg_streq(bg_jtext(report, "pass"), "continue") ? "by letting the next program of the chain run"
							       : "by accepting it: the chain ends");
}

static void reservations(const json_t *list, struct bg_str *out)
{
	const json_t *x;
	size_t i;

	if (!json_array_size(list))
		return;
	bg_str_add(out, "<h3>Reservations</h3>\n<ul class=messages>\n");
	json_array_foreach (list, i, x) {
		const json_t *accepted = json_object_get(x, "accepted");

		bg_html(out, "<li class=\"%s\"><span class=id>%s</span> ", json_is_true(accepted) ? "note" : "warning",
			bg_jtext(x, "id"));
		if (json_is_boolean(accepted))
			bg_badge(out, json_is_true(accepted) ? "good" : "bad",
				 json_is_true(accepted) ? "accepted" : "not accepted");
		bg_html(out, " <span class=say>%s</span> <small>line %lld</small></li>\n", bg_jtext(x, "message"),
			(long long)bg_jint(x, "line"));
	}
	bg_str_add(out, "</ul>\n");
}

/* --- the diff */

struct diff {
	const char *name;
	const json_t *changes;
	struct bg_lines lines;
	size_t old, new;	     /* next line of either text */
	struct bg_listing *was, *is; /* the unit and the port: a line alone does not tell that it is in a comment */
	struct bg_str *out;
};

static char sign_of(const struct bg_line *l)
{
	return l->n ? l->s[0] : ' ';
}

/* What is only inserted belongs to the line before it, or to an edit at the line behind it. */
static bool is_behind(const json_t *change, size_t first, size_t end)
{
	size_t from = (size_t)bg_jint(change, "line"), to = (size_t)bg_jint(change, "end_line");

	if (end > first)
		return from < end && to >= first;
	return (from <= first - 1 && to >= first - 1) ||
	       (json_is_null(json_object_get(change, "set")) && from == first);
}

/* The row above a change of lines [first, end): the rules and edits behind it, each once. */
static void why_row(const struct diff *d, size_t first, size_t end)
{
	const json_t *c;
	json_t *seen = json_object();
	size_t i;

	bg_str_add(d->out, "<tr class=why><td colspan=3>");
	json_array_foreach (d->changes, i, c) {
		const char *name = bg_jtext(c, "name");

		if (!name || !is_behind(c, first, end) || json_object_get(seen, name))
			continue;
		json_object_set_new(seen, name, json_true());
		bg_html(d->out, "<span class=\"chip %s\" title=\"%s\">%s</span> ", bg_jtext(c, "set") ? "rule" : "edit",
			bg_jtext(c, "says"), name);
	}
	if (!json_object_size(seen))
		bg_str_add(d->out, "<span class=\"chip none\">not known which rule</span>");
	bg_str_add(d->out, "</td></tr>\n");
	json_decref(seen);
}

static void code_row(struct diff *d, const struct bg_line *l, char sign)
{
	struct bg_listing *alone = bg_listing_new(l->s + (l->n > 0), l->n - (l->n > 0));
	const struct bg_listing *whole = sign == '-' ? d->was : d->is;
	size_t at = (sign == '-' ? d->old : d->new) - 1;

	bg_html(d->out, "<tr class=%s>", sign == '-' ? "gone" : sign == '+' ? "came" : "kept");
	if (sign == '+')
		bg_str_add(d->out, "<td class=n></td>");
	else
		bg_html(d->out, "<td class=n>%zu</td>", d->old);
	if (sign == '-')
		bg_str_add(d->out, "<td class=n></td>");
	else
		bg_html(d->out, "<td class=n>%zu</td>", d->new);
	bg_html(d->out, "<td class=c><i>%s</i>", sign == '-' ? "−" : sign == '+' ? "+" : " ");
	if (bg_listing_same(whole, at, alone, 0))
		bg_listing_line(whole, at, d->out);
	else
		bg_listing_line(alone, 0, d->out);
	bg_str_add(d->out, "</td></tr>\n");
	d->old += sign != '+';
	d->new += sign != '-';
	bg_listing_free(alone);
}

/* A run of changed lines from line i on; returns the line behind it. */
static size_t change(struct diff *d, size_t i)
{
	size_t end = i, first = d->old, gone = 0;

	while (end < d->lines.n && strchr("-+\\", sign_of(&d->lines.v[end])))
		gone += sign_of(&d->lines.v[end++]) == '-';
	why_row(d, first, first + gone);
	for (; i < end; i++)
		if (sign_of(&d->lines.v[i]) != '\\')
			code_row(d, &d->lines.v[i], sign_of(&d->lines.v[i]));
	return end;
}

/* "@@ -12,3 +13,4 @@": an empty range names the line before it. */
static void hunk_head(struct diff *d, const struct bg_line *l)
{
	unsigned long long old = 0, new = 0, n = 1, m = 1;
	BG_CLEANUP(bg_freep) char *text = bg_strndup(l->s, l->n);
	char *p = text + strcspn(text, "-");

	old = strtoull(p + (*p == '-'), &p, 10);
	if (*p == ',')
		n = strtoull(p + 1, &p, 10);
	p += strcspn(p, "+");
	new = strtoull(p + (*p == '+'), &p, 10);
	if (*p == ',')
		m = strtoull(p + 1, &p, 10);
	d->old = (size_t)old + !n;
	d->new = (size_t) new + !m;
	bg_html(d->out, "<tr class=hunk><td colspan=3>line %zu of the unit</td></tr>\n", d->old);
}

static void rules_table(const json_t *changes, struct bg_str *out)
{
	json_t *seen = json_object();
	const json_t *c;
	size_t i;

	json_array_foreach (changes, i, c) {
		const char *name = bg_jtext(c, "name");

		if (!name)
			continue;
		if (!json_object_get(seen, name))
			json_object_set_new(seen, name, json_pack("{s:O, s:I}", "change", c, "count", (json_int_t)1));
		else
			json_object_set_new(json_object_get(seen, name), "count",
					    json_integer(bg_jint(json_object_get(seen, name), "count") + 1));
	}
	if (json_object_size(seen)) {
		const char *name;
		json_t *v;

		bg_str_add(out, "<div class=scroll tabindex=0><table class=grid><thead><tr><th scope=col>What changed "
				"it<th scope=col class=num>Places"
				"<th scope=col>What it does</tr></thead><tbody>\n");
		json_object_foreach (seen, name, v) {
			c = json_object_get(v, "change");
			bg_html(out,
				"<tr><td><span class=\"chip %s\">%s</span></td><td "
				"class=num>%lld</td><td>%s%s%s</td></tr>\n",
				bg_jtext(c, "set") ? "rule" : "edit", name, (long long)bg_jint(v, "count"),
				bg_jtext(c, "says"), bg_jtext(c, "set") ? "" : " (an edit of bpfgraft's own)", "");
		}
		bg_str_add(out, "</tbody></table></div>\n");
	}
	json_decref(seen);
}

void bg_report_diff(const struct bg_report *r, const json_t *item, struct bg_str *out)
{
	struct diff d = { .name = bg_jtext(item, "name"),
			  .changes = json_object_get(json_object_get(item, "report"), "changes"),
			  .out = out };
	BG_CLEANUP(bg_str_done) struct bg_str text = { 0 }, was = { 0 }, is = { 0 };
	size_t i = 0;

	if (!bg_report_read(r, "transform", d.name, ".diff", &text)) {
		bg_str_add(out, "<p class=lack>There is no port to show.</p>\n");
		return;
	}
	bg_lines_of(text.s, text.n, &d.lines);
	bg_report_read(r, "extract", bg_jtext(item, "unit"), ".bpf.c", &was);
	bg_report_read(r, "transform", d.name, ".bpf.c", &is);
	d.was = bg_listing_new(was.s ? was.s : "", was.n);
	d.is = bg_listing_new(is.s ? is.s : "", is.n);
	bg_str_add(out, "<h3>What changed, and by which rule</h3>\n");
	rules_table(d.changes, out);
	bg_str_add(out, "<details open><summary>The diff</summary><div class=scroll tabindex=0><table class=\"code "
			"diff\"><tbody>\n");
	while (i < d.lines.n && !bg_starts(d.lines.v[i].s, "@@ "))
		i++;
	while (i < d.lines.n) {
		char sign = sign_of(&d.lines.v[i]);

		if (sign == '@') {
			hunk_head(&d, &d.lines.v[i++]);
		} else if (sign == '-' || sign == '+') {
			i = change(&d, i);
		} else {
			code_row(&d, &d.lines.v[i++], ' ');
		}
	}
	bg_str_add(out, "</tbody></table></div></details>\n");
	bg_listing_free(d.was);
	bg_listing_free(d.is);
	bg_vec_done(&d.lines);
}

void bg_report_transform(const struct bg_report *r, const json_t *item, struct bg_str *out)
{
	const json_t *report = json_object_get(item, "report");

	bg_card(out, "transform", bg_jtext(item, "name"), "Ported");
	if (!bg_nothing_made(out, item)) {
		if (bg_jtext(item, "unit"))
			bg_html(out, "<p>Made of the unit <code>%s</code>.</p>\n", bg_jtext(item, "unit"));
		if (!json_is_true(json_object_get(report, "ported"))) {
			bg_str_add(out, "<p>");
			bg_badge(out, "bad", "refused");
			bg_str_add(out, " Nothing was written. <a href=\"#messages\">What was said</a> has the line "
					"and the way that leads there.</p>\n");
		}
		facts(report, out);
		reservations(json_object_get(report, "reservations"), out);
		if (json_is_true(json_object_get(report, "ported")))
			bg_report_diff(r, item, out);
	}
	bg_str_add(out, "</section>\n");
}
