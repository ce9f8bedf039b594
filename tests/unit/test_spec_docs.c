// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The schema's tables, docs/spec.md and docs/spec.schema.json know the same keys, words and requirements. */
#include "core/fs.h"
#include "core/spec_schema.h"

#include "harness.h"

static struct bg_str manual;
static json_t *schema;
static size_t keys_seen;

static void complain(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", *path ? path : "top level", what);
	CU_FAIL("tables and documents disagree");
}

/* The section of docs/spec.md on the form at path, up to the next heading; NULL when there is none. Caller frees. */
static char *section(const char *path)
{
	BG_CLEANUP(bg_freep) char *title = *path ? bg_printf(" `%s`\n", path) : bg_strdup(" Top level\n");
	const char *s = manual.s, *end;

	while ((s = strstr(s, title)) && (s == manual.s || s[-1] != '#'))
		s++;
	if (!s)
		return NULL;
	end = strstr(s, "\n#");
	return bg_strndup(s, end ? (size_t)(end - s) : strlen(s));
}

static bool manual_has(const char *text, const struct bg_spec_key *k)
{
	BG_CLEANUP(bg_freep) char *row = k->required ? bg_printf("\n| **`%s`** | ", k->name) : bg_printf("\n| `%s` | ", k->name);
	const char *s = strstr(text, row);
	BG_CLEANUP(bg_freep) char *line = s ? bg_strndup(s + 1, (size_t)(strchrnul(s + 1, '\n') - s - 1)) : NULL;

	for (size_t i = 0; line && k->words && k->words[i]; i++) {
		BG_CLEANUP(bg_freep) char *word = bg_printf("`%s`", k->words[i]);

		if (!strstr(line, word))
			return false;
	}
	return line != NULL;
}

static bool array_has(const json_t *array, const char *text)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		if (bg_streq(json_string_value(json_array_get(array, i)), text))
			return true;
	return false;
}

static void check_words(const char *path, const struct bg_spec_key *k, const json_t *property)
{
	const json_t *words = json_object_get(
		k->kind == BG_SPEC_WORD_MAP ? json_object_get(property, "additionalProperties") : property, "enum");
	size_t n = 0;

	for (; k->words[n]; n++)
		if (!array_has(words, k->words[n]))
			complain(path, "a word is missing in the JSON Schema");
	if (json_array_size(words) != n)
		complain(path, "the JSON Schema knows more words");
}

/* Where in a property the form of its items is described. */
static const json_t *inner(const struct bg_spec_key *k, const json_t *property)
{
	switch (k->kind) {
	case BG_SPEC_FORM_LIST:
	case BG_SPEC_NODE_LIST:
		return json_object_get(property, "items");
	case BG_SPEC_FORM_NAMED:
	case BG_SPEC_NODE_MAP:
		return json_object_get(property, "additionalProperties");
	case BG_SPEC_NODE_MAP_LIST:
		return json_object_get(json_object_get(property, "additionalProperties"), "items");
	default:
		return property;
	}
}

static void check_form(const char *path, const struct bg_spec_form *form, const json_t *object)
{
	const json_t *properties = json_object_get(object, "properties"),
		     *required = json_object_get(object, "required");
	BG_CLEANUP(bg_freep) char *text = section(path);
	size_t n = 0, n_required = 0;

	if (!text)
		complain(path, "docs/spec.md has no such section");
	if (!json_is_false(json_object_get(object, "additionalProperties")))
		complain(path, "the JSON Schema lets unknown keys pass");
	for (const struct bg_spec_key *k = form->keys; k->name; k++) {
		BG_CLEANUP(bg_freep) char *sub = *path ? bg_printf("%s.%s", path, k->name) : bg_strdup(k->name);
		const json_t *property = json_object_get(properties, k->name);

		n++;
		n_required += k->required;
		keys_seen++;
		if (!text || !manual_has(text, k))
			complain(sub, "docs/spec.md has no row for it, or not with all its words, or differs on "
				      "whether it is required");
		if (!json_is_string(json_object_get(property, "description")))
			complain(sub, "the JSON Schema does not describe it");
		if (k->required != array_has(required, k->name))
			complain(sub, "the JSON Schema differs on whether it is required");
		if (k->words)
			check_words(sub, k, property);
		if (k->form)
			check_form(sub, k->form, inner(k, property));
	}
	if (json_object_size(properties) != n || json_array_size(required) != n_required)
		complain(path, "the JSON Schema has keys that the table has not");
}

static void test_agreement(void)
{
	check_form("", &bg_spec_schema, schema);
	CU_ASSERT(keys_seen > 50);
}

/* Every fenced YAML block of docs/spec.md parses, its keys being of the table: what it names need not exist. */
static void test_examples(void)
{
	size_t n = 0;

	for (const char *s = manual.s; (s = strstr(s, "```yaml\n")); n++) {
		const char *start = s + strlen("```yaml\n"), *end = strstr(start, "```");
		BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
		BG_CLEANUP(bg_spec_freep) struct bg_spec *spec = NULL;
		BG_CLEANUP(bg_freep) char *text = NULL;

		CU_ASSERT_PTR_NOT_NULL_FATAL(end);
		text = bg_printf("%s%.*s", bg_starts(start, "bpfgraft:") ? "" : "bpfgraft: 1\n", (int)(end - start),
				 start);
		bg_spec_parse("docs/spec.md", text, strlen(text), ds, &spec);
		for (size_t i = 0; i < bg_diags_count(ds); i++) {
			const struct bg_diag *d = bg_diags_get(ds, i);

			if (d->id == BG_ID_FILE || d->id == BG_ID_SPEC_DANGLING)
				continue;
			fprintf(stderr, "example %zu, line %u: %s\n", n + 1, d->line, d->message);
			CU_FAIL("an example is wrong");
		}
		s = end + 3;
	}
	CU_ASSERT(n >= 5);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "tables, manual and JSON Schema agree", test_agreement },
		{ "the manual's examples", test_examples },
	};
	int failures;

	schema = json_load_file(BG_SOURCE_DIR "/docs/spec.schema.json", JSON_REJECT_DUPLICATES, NULL);
	if (!schema || bg_read_file(BG_SOURCE_DIR "/docs/spec.md", 0, &manual)) {
		fprintf(stderr, "cannot read docs/spec.md or docs/spec.schema.json\n");
		return 99;
	}
	failures = BG_RUN_TESTS("spec_docs", tests);
	json_decref(schema);
	bg_str_done(&manual);
	return failures;
}
