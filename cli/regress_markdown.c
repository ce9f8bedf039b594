// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Owns the Markdown form: a comment in a review. Everything that is upstream's stands in code spans and blocks, whose
 * fence is longer than any run of backticks in it, so that nothing of it becomes a link, a mention or HTML.
 */
#include "cli/regress_out.h"

#define MAX_LENGTH 60000 /* GitHub takes comments of 65536 characters */

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static size_t longest_run(const char *s)
{
	size_t best = 0;

	for (; s && *s; s++) {
		size_t n = strspn(s, "`");

		best = n > best ? n : best;
		s += n ? n - 1 : 0;
	}
	return best;
}

static void add_fence(struct bg_str *to, size_t n)
{
	while (n--)
		bg_str_addc(to, '`');
}

/* A terminal or browser has nothing to do with control characters. */
static char shown(char c)
{
	return ((unsigned char)c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? '?' : c;
}

/* A code span; in a table '|' ends a cell even there. */
static void add_code(struct bg_str *to, const char *s, bool in_table)
{
	size_t fence = longest_run(s) + 1;

	if (!s || !*s)
		return;
	add_fence(to, fence);
	if (fence > 1)
		bg_str_addc(to, ' ');
	for (; *s; s++) {
		if (*s == '|' && in_table)
			bg_str_addc(to, '\\');
		bg_str_addc(to, *s == '\n' || *s == '\r' ? ' ' : shown(*s));
	}
	if (fence > 1)
		bg_str_addc(to, ' ');
	add_fence(to, fence);
}

static void add_block(struct bg_str *to, const char *s)
{
	size_t fence = longest_run(s) < 3 ? 3 : longest_run(s) + 1;

	add_fence(to, fence);
	bg_str_add(to, "diff\n");
	for (; *s; s++)
		bg_str_addc(to, shown(*s));
	add_fence(to, fence);
	bg_str_add(to, "\n\n");
}

static void add_row(struct bg_str *to, const json_t *item)
{
	const json_t *bisect = json_object_get(item, "bisect"), *by = json_object_get(bisect, "broke");
	BG_CLEANUP(bg_freep) char *commit = NULL;

	if (!json_is_object(by))
		by = json_object_get(bisect, "changed");
	commit = json_is_object(by) ? bg_printf("%.12s %s", text_of(by, "commit"), text_of(by, "subject")) : NULL;
	bg_str_add(to, "| ");
	add_code(to, text_of(item, "spec"), true);
	bg_str_add(to, " | ");
	add_code(to, text_of(item, "name"), true);
	bg_str_addf(to, " | %s%s%s | %zu | ", bg_streq(text_of(item, "severity"), "error") ? "**" : "",
		    text_of(item, "status"), bg_streq(text_of(item, "severity"), "error") ? "**" : "",
		    json_array_size(json_object_get(item, "changes")));
	add_code(to, text_of(item, "reason"), true);
	bg_str_add(to, " | ");
	add_code(to, commit, true);
	bg_str_add(to, " |\n");
}

static void add_change(struct bg_str *to, const json_t *change)
{
	json_t *c;
	size_t i;

	bg_str_addf(to, "%s %s ", text_of(change, "change"), text_of(change, "kind"));
	add_code(to, text_of(change, "symbol"), false);
	bg_str_add(to, " in ");
	add_code(to, text_of(change, "file"), false);
	json_array_foreach (json_object_get(change, "commits"), i, c) {
		BG_CLEANUP(bg_freep) char *line = bg_printf("%.12s %s", text_of(c, "commit"), text_of(c, "subject"));

		bg_str_add(to, i ? ", " : ", by ");
		add_code(to, line, false);
	}
	bg_str_add(to, "\n\n");
	if (text_of(change, "diff"))
		add_block(to, text_of(change, "diff"));
}

/* All that still fits; what does not is counted. */
static void add_details(struct bg_str *to, const json_t *item)
{
	const json_t *changes = json_object_get(item, "changes");
	size_t i, left = 0;
	json_t *c;

	if (!json_array_size(changes))
		return;
	bg_str_add(to, "\n<details><summary>What changed of ");
	bg_str_addf(to, "%s</summary>\n\n", text_of(item, "name"));
	json_array_foreach ((json_t *)changes, i, c) {
		struct bg_str one = { 0 };

		add_change(&one, c);
		if (to->n + one.n < MAX_LENGTH)
			bg_str_add(to, one.s);
		else
			left++;
		bg_str_done(&one);
	}
	if (left)
		bg_str_addf(to, "%zu more changes do not fit in here.\n\n", left);
	bg_str_add(to, "</details>\n");
}

char *bg_regress_markdown(const json_t *doc)
{
	const json_t *items = json_object_get(doc, "items");
	struct bg_str s = { 0 };
	size_t i, left = 0;
	json_t *item;

	bg_str_add(&s, "### bpfgraft: what upstream did to our units\n\n| Spec | Unit | Status | Changed | Reason | "
		       "Commit |\n|---|---|---|---:|---|---|\n");
	json_array_foreach ((json_t *)items, i, item) {
		struct bg_str row = { 0 };

		add_row(&row, item);
		if (s.n + row.n < MAX_LENGTH)
			bg_str_add(&s, row.s);
		else
			left++;
		bg_str_done(&row);
	}
	if (left)
		bg_str_addf(&s, "\n%zu more units do not fit in here.\n", left);
	json_array_foreach ((json_t *)items, i, item)
		if (s.n < MAX_LENGTH)
			add_details(&s, item);
	return bg_str_take(&s);
}
