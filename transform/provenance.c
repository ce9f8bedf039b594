// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/provenance.h"

#include "core/fs.h"

void bg_provenance_done(struct bg_provenance *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].file);
	free(p->v);
	free(p->unit);
	*p = (struct bg_provenance){ 0 };
}

/* Where the lines of a text begin; line 1 is v[0]. */
static void split_lines(char *text, struct bg_strv *ret)
{
	for (char *s = text; s;) {
		char *end = strchr(s, '\n');

		if (end)
			*end = '\0';
		bg_strv_add(ret, s);
		s = end ? end + 1 : NULL;
	}
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Whether a line has "name(" as a word. */
static bool names(const char *line, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = strstr(line, name); s; s = strstr(s + 1, name))
		if ((s == line || !is_word(s[-1])) && s[n] == '(')
			return true;
	return false;
}

/* Whether a declaration can begin in the line after this one. */
static bool ends_before(const char *line)
{
	size_t n = strlen(line);

	return n == 0 || *line == '#' || bg_starts(line, "//") || line[n - 1] == ';' || line[n - 1] == '}' ||
	       bg_ends(line, "*/");
}

/*
 * The first line of a function of so many lines. Its last one is the brace that closes it, in the first column: where
 * that is not so, this is not the function that functions.json speaks of, and nothing is said.
 */
static size_t find(const struct bg_strv *text, const char *name, size_t lines)
{
	for (size_t i = 0; i < text->n; i++) {
		size_t first = i;

		if (!names(text->v[i], name) || ends_before(text->v[i]) || text->v[i][0] == ' ' ||
		    text->v[i][0] == '\t')
			continue;
		while (first > 0 && !ends_before(text->v[first - 1]))
			first--;
		if (first + lines <= text->n && text->v[first + lines - 1][0] == '}')
			return first + 1;
	}
	return 0;
}

void bg_provenance_read(struct bg_provenance *p, const char *path)
{
	BG_CLEANUP(bg_freep) char *dir = bg_dirname(path), *list = bg_join(dir, "functions.json");
	struct bg_str text = { 0 };
	struct bg_strv lines = { 0 };
	json_t *doc, *f;
	size_t i;

	if (bg_streq(p->unit, path))
		return;
	bg_provenance_done(p);
	p->unit = bg_strdup(path);
	doc = json_load_file(list, 0, NULL);
	if (doc && bg_read_file(path, 0, &text) == 0 && text.s)
		split_lines(text.s, &lines);
	json_array_foreach (json_object_get(doc, "functions"), i, f) {
		const char *name = json_string_value(json_object_get(f, "name"));
		const char *file = json_string_value(json_object_get(f, "file"));
		json_int_t line = json_integer_value(json_object_get(f, "line"));
		json_int_t end = json_integer_value(json_object_get(f, "end_line"));
		size_t first =
			name && file && line > 0 && end >= line ? find(&lines, name, (size_t)(end - line + 1)) : 0;

		if (!first)
			continue;
		if (p->n == p->cap) {
			p->cap = p->cap ? p->cap * 2 : 16;
			p->v = bg_realloc(p->v, p->cap, sizeof(*p->v));
		}
		p->v[p->n++] = (struct bg_origin_range){ (unsigned)first, (unsigned)(first + (size_t)(end - line)),
							 (unsigned)line, bg_strdup(file) };
	}
	json_decref(doc);
	bg_str_done(&text);
	bg_strv_done(&lines);
}

json_t *bg_provenance_of(const struct bg_provenance *p, unsigned line)
{
	for (size_t i = 0; i < p->n; i++)
		if (line >= p->v[i].first && line <= p->v[i].last)
			return json_pack("{s:s, s:I}", "file", p->v[i].file, "line",
					 (json_int_t)line - p->v[i].first + p->v[i].line);
	return json_null();
}
