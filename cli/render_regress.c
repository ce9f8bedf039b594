// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Owns what 'regress' prints, and the files that it writes beside it. */
#include "cli/regress_out.h"
#include "cli/render.h"
#include "regress/diag_ids.h"

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

const char *bg_regress_id(const json_t *item)
{
	const char *status = text_of(item, "status");

	if (!text_of(item, "severity"))
		return NULL;
	if (bg_streq(status, "compatible") || bg_streq(status, "changed"))
		return "BG4010";
	return bg_streq(status, "broken") ? "BG4011" : "BG4012";
}

char *bg_regress_sentence(const json_t *item)
{
	const char *status = text_of(item, "status"), *reason = text_of(item, "reason"),
		   *was = text_of(json_object_get(item, "base"), "commit"),
		   *is = text_of(json_object_get(item, "target"), "commit");
	BG_CLEANUP(bg_freep) char *between = was && is ? bg_printf(" between %.12s and %.12s", was, is) : bg_strdup("");
	size_t n = json_array_size(json_object_get(item, "changes"));
	struct bg_str s = { 0 };

	bg_str_addf(&s, "%s: %s%s", text_of(item, "name"), status, between);
	if (n)
		bg_str_addf(&s, ", %zu piece%s changed", n, n == 1 ? "" : "s");
	if (reason)
		bg_str_addf(&s, ": %s", reason);
	return bg_str_take(&s);
}

/* "12 -> 14", or what is known of it. Caller frees. */
static char *instructions(const json_t *item)
{
	const json_t *f = json_object_get(item, "figures");
	BG_CLEANUP(bg_freep)
	char *was = bg_render_cell(json_object_get(json_object_get(f, "was"), "instructions")),
	     *is = bg_render_cell(json_object_get(json_object_get(f, "is"), "instructions"));

	return was && is ? bg_printf("%s -> %s", was, is) : is ? bg_strdup(is) : NULL;
}

static char *stages(const json_t *item)
{
	struct bg_str s = { 0 };
	json_t *row;
	size_t i;

	json_array_foreach (json_object_get(item, "stages"), i, row)
		if (strcmp(text_of(row, "result"), "passed"))
			bg_str_addf(&s, "%s%s %s", s.n ? ", " : "", text_of(row, "stage"), text_of(row, "result"));
	if (!s.n && json_array_size(json_object_get(item, "stages")))
		bg_str_add(&s, "passed");
	return s.n ? bg_str_take(&s) : NULL;
}

static char *commit_of(const json_t *item)
{
	const json_t *bisect = json_object_get(item, "bisect"), *by = json_object_get(bisect, "broke");

	if (!json_is_object(by))
		by = json_object_get(bisect, "changed");
	return json_is_object(by) ? bg_printf("%.12s %s", text_of(by, "commit"), text_of(by, "subject")) : NULL;
}

static void print_escaped(const char *text, FILE *out)
{
	for (const char *p = text; p && *p;) {
		const char *nl = strchrnul(p, '\n');
		BG_CLEANUP(bg_freep) char *line = bg_strndup(p, (size_t)(nl - p)), *plain = NULL;

		for (char *t = line; *t; t++)
			*t = *t == '\t' ? ' ' : *t;
		plain = bg_escape(line);
		fprintf(out, "%s\n", plain);
		p = *nl ? nl + 1 : nl;
	}
}

static void print_changes(const json_t *item, FILE *out)
{
	json_t *c, *by;
	size_t i, k;

	json_array_foreach (json_object_get(item, "changes"), i, c) {
		BG_CLEANUP(bg_freep) char *file = bg_escape(text_of(c, "file"));

		if (!i)
			fprintf(out, "\n%s:\n", text_of(item, "name"));
		fprintf(out, "%s %s '%s' in %s\n", text_of(c, "change"), text_of(c, "kind"), text_of(c, "symbol"),
			file);
		json_array_foreach (json_object_get(c, "commits"), k, by) {
			BG_CLEANUP(bg_freep) char *subject = bg_escape(text_of(by, "subject"));

			fprintf(out, "  by %.12s %s\n", text_of(by, "commit"), subject);
		}
		print_escaped(text_of(c, "diff"), out);
	}
}

/* Commits of a range that did something. */
static void print_commits(const json_t *item, FILE *out)
{
	size_t quiet = 0, still = 0, i;
	json_t *c;

	json_array_foreach (json_object_get(item, "commits"), i, c) {
		BG_CLEANUP(bg_freep) char *subject = bg_escape(text_of(c, "subject"));

		if (!i)
			fprintf(out, "\n%s, commit by commit:\n", text_of(item, "name"));
		if (bg_streq(text_of(c, "status"), "unchanged"))
			quiet++;
		else if (bg_starts(text_of(c, "status"), "still "))
			still++;
		else
			fprintf(out, "  %.12s %-10s %3zu  %s\n", text_of(c, "commit"), text_of(c, "status"),
				json_array_size(json_object_get(c, "changes")), subject);
	}
	if (i)
		fprintf(out, "  %zu of %zu commits changed nothing of it, and %zu nothing while there was no unit\n",
			quiet, i, still);
}

static void print_items(const json_t *items, FILE *out)
{
	static const char *const titles[] = { "Spec",	"Unit",		"Status", ">Changed",
					      "Stages", "Instructions", "Commit", NULL };
	struct bg_table *t = bg_table_new(titles);
	json_t *item;
	size_t i;

	json_array_foreach ((json_t *)items, i, item) {
		BG_CLEANUP(bg_freep) char *n = bg_printf("%zu", json_array_size(json_object_get(item, "changes")));
		BG_CLEANUP(bg_freep) char *size = instructions(item), *tried = stages(item), *commit = commit_of(item);
		const char *cells[] = {
			text_of(item, "spec"), text_of(item, "name"), text_of(item, "status"), n, tried, size, commit
		};

		bg_table_row(t, cells);
	}
	bg_table_print(t, out);
	bg_table_free(t);
}

void bg_render_regress(const json_t *doc, FILE *out)
{
	static const struct bg_column columns[] = {
		{ "Spec", "spec" }, { "Unit", "name" }, { "Repository", "repository" }, { "At", "at" }, { NULL }
	};
	json_t *item;
	size_t i;

	if (json_is_array(json_object_get(doc, "include")))
		bg_render_rows(json_object_get(doc, "include"), columns, out);
	if (!json_is_array(json_object_get(doc, "items")))
		return;
	print_items(json_object_get(doc, "items"), out);
	json_array_foreach (json_object_get(doc, "items"), i, item) {
		print_changes(item, out);
		print_commits(item, out);
	}
}

static bool put(struct bg_ctx *c, const char *path, const char *text, size_t n)
{
	int err = bg_write_file(path, text, n);
	BG_CLEANUP(bg_freep) char *why = err ? bg_errno_text(err) : NULL;

	if (err)
		bg_diag(c->ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the result: %s", why);
	return !err;
}

enum bg_exit bg_regress_write(struct bg_ctx *c, const char *sarif, const char *junit, const char *markdown,
			      enum bg_exit code)
{
	BG_CLEANUP(bg_freep)
	char *xml = junit ? bg_regress_junit(c->doc) : NULL, *text = markdown ? bg_regress_markdown(c->doc) : NULL,
	     *json = NULL;
	bool written = true;

	if (sarif) {
		json_t *doc = bg_regress_sarif(c->doc, c->ds, code);

		json = json_dumps(doc, JSON_INDENT(2));
		json_decref(doc);
		written = json && put(c, sarif, json, strlen(json));
	}
	if (junit)
		written = put(c, junit, xml, strlen(xml)) && written;
	if (markdown)
		written = put(c, markdown, text, strlen(text)) && written;
	return written || code != BG_EXIT_OK ? code : BG_EXIT_ENV;
}
