// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Owns the JUnit form, as the continuous-integration systems that show test results read it. */
#include "cli/regress_out.h"

/* What XML 1.0 does not allow becomes '?'; the text is UTF-8 already (bg_json_text). */
static void add(struct bg_str *to, const char *s)
{
	for (; s && *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '<')
			bg_str_add(to, "&lt;");
		else if (c == '>')
			bg_str_add(to, "&gt;");
		else if (c == '&')
			bg_str_add(to, "&amp;");
		else if (c == '"')
			bg_str_add(to, "&quot;");
		else if (c == '\n' || c == '\t')
			bg_str_addf(to, "&#%u;", c);
		else
			bg_str_addc(to, c < 0x20 || c == 0x7f ? '?' : (char)c);
	}
}

static void attribute(struct bg_str *to, const char *name, const char *value)
{
	bg_str_addf(to, " %s=\"", name);
	add(to, value ? value : "");
	bg_str_addc(to, '"');
}

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* "failure", "error" and "skipped" are the format's; NULL: it passed. */
static const char *outcome(const json_t *item)
{
	if (bg_streq(text_of(item, "severity"), "error"))
		return "failure";
	return bg_streq(text_of(item, "status"), "unknown") ? "error" : NULL;
}

static void add_changes(struct bg_str *to, const json_t *item)
{
	json_t *c;
	size_t i;

	json_array_foreach (json_object_get(item, "changes"), i, c) {
		const char *diff = text_of(c, "diff");

		add(to, text_of(c, "change"));
		bg_str_addc(to, ' ');
		add(to, text_of(c, "kind"));
		bg_str_addc(to, ' ');
		add(to, text_of(c, "symbol"));
		bg_str_add(to, "&#10;");
		add(to, diff);
	}
}

static void add_case(struct bg_str *to, const json_t *item)
{
	BG_CLEANUP(bg_freep) char *sentence = bg_regress_sentence(item);
	const char *what = outcome(item);

	bg_str_add(to, "    <testcase");
	attribute(to, "classname", text_of(item, "spec"));
	attribute(to, "name", text_of(item, "name"));
	bg_str_add(to, ">\n");
	if (what) {
		bg_str_addf(to, "      <%s", what);
		attribute(to, "type", bg_regress_id(item) ? bg_regress_id(item) : "unknown");
		attribute(to, "message", sentence);
		bg_str_addc(to, '>');
		add_changes(to, item);
		bg_str_addf(to, "</%s>\n", what);
	} else {
		bg_str_add(to, "      <system-out>");
		add(to, sentence);
		bg_str_add(to, "&#10;");
		add_changes(to, item);
		bg_str_add(to, "</system-out>\n");
	}
	bg_str_add(to, "    </testcase>\n");
}

static size_t count(const json_t *items, const char *spec, const char *what)
{
	size_t n = 0, i;
	json_t *item;

	json_array_foreach ((json_t *)items, i, item)
		n += bg_streq(text_of(item, "spec"), spec) && (!what || bg_streq(outcome(item), what));
	return n;
}

/* Items of a spec stand together. */
char *bg_regress_junit(const json_t *doc)
{
	const json_t *items = json_object_get(doc, "items");
	const char *spec = NULL;
	struct bg_str s = { 0 };
	json_t *item;
	size_t i;

	bg_str_add(&s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"bpfgraft regress\">\n");
	json_array_foreach ((json_t *)items, i, item) {
		if (!bg_streq(spec, text_of(item, "spec"))) {
			if (spec)
				bg_str_add(&s, "  </testsuite>\n");
			spec = text_of(item, "spec");
			bg_str_add(&s, "  <testsuite");
			attribute(&s, "name", spec);
			bg_str_addf(&s, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\">\n",
				    count(items, spec, NULL), count(items, spec, "failure"),
				    count(items, spec, "error"));
		}
		add_case(&s, item);
	}
	if (spec)
		bg_str_add(&s, "  </testsuite>\n");
	bg_str_add(&s, "</testsuites>\n");
	return bg_str_take(&s);
}
