// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Owns the difference between two versions of a unit, piece by piece. Everything that a reader sees of it is upstream's
 * own text at upstream's own lines.
 */
#include "core/proc.h"
#include "regress/watch.h"

#define MAX_COMMITS 20 /* listed of each piece */
#define MAX_TRACED  64 /* pieces whose lines git follows through the history; of others, those of their file */

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* "kind name" as a row. */
static void add_row(json_t *rows, const char *change, const char *key, const char *file, const char *was_in)
{
	const char *name = strchr(key, ' ');

	json_array_append_new(rows, json_pack("{s:s, s:o, s:s, s:s, s:s?}", "change", change, "kind",
					      json_stringn(key, name ? (size_t)(name - key) : strlen(key)), "symbol",
					      name ? name + 1 : "", "file", file, "was_in", was_in));
}

/* A piece of that name that only the other version has, in another file. */
static const char *moved_from(const json_t *was, const json_t *is, const char *key, const char * not )
{
	const char *file;
	json_t *pieces;

	json_object_foreach ((json_t *)was, file, pieces)
		if (strcmp(file, not ) && json_object_get(pieces, key) &&
		    !json_object_get(json_object_get(is, file), key))
			return file;
	return NULL;
}

json_t *bg_changes_between(const json_t *was, const json_t *is)
{
	json_t *rows = json_array(), *pieces, *hash;
	const char *file, *key;

	json_object_foreach ((json_t *)is, file, pieces)
		json_object_foreach (pieces, key, hash) {
			const json_t *before = json_object_get(json_object_get(was, file), key);
			const char *from = before ? file : moved_from(was, is, key, file);

			if (before && json_equal(before, hash))
				continue;
			if (from && !before && json_equal(json_object_get(json_object_get(was, from), key), hash))
				add_row(rows, "moved", key, file, from);
			else
				add_row(rows, from ? "changed" : "added", key, file, from);
		}
	json_object_foreach ((json_t *)was, file, pieces)
		json_object_foreach (pieces, key, hash)
			if (!json_object_get(json_object_get(is, file), key) && !moved_from(is, was, key, file))
				add_row(rows, "removed", key, file, file);
	return rows;
}

/* All text that a version has of a piece, and its lines. */
struct piece {
	long long line, end_line;
	struct bg_str text;
};

static void add_lines(struct bg_str *to, const char *text, long long first, long long last)
{
	long long line = 1;

	for (const char *p = text; p && *p && line <= last; line++) {
		const char *nl = strchrnul(p, '\n');

		if (line >= first) {
			bg_str_addn(to, p, (size_t)(nl - p));
			bg_str_addc(to, '\n');
		}
		p = *nl ? nl + 1 : nl;
	}
}

static void piece_of(const struct bg_watch *w, const char *commit, const json_t *report, const char *kind,
		     const char *symbol, const char *file, struct piece *ret)
{
	BG_CLEANUP(bg_freep) char *key = bg_printf("%s %s", kind, symbol), *source = NULL;
	json_t *row;
	size_t i;

	json_array_foreach (json_object_get(report, "closure"), i, row) {
		BG_CLEANUP(bg_freep) char *name = bg_lock_closure_key(row);
		long long line = json_integer_value(json_object_get(row, "line")),
			  end_line = json_integer_value(json_object_get(row, "end_line"));

		if (strcmp(name, key) || strcmp(bg_lock_closure_file(row), file) || !line)
			continue;
		if (!source)
			source = bg_history_text(&w->up->h, commit, file);
		if (!ret->line)
			ret->line = line;
		ret->end_line = end_line;
		add_lines(&ret->text, source, line, end_line);
	}
}

/* diff counts from the first line of what it is given; people want the file's. */
static void shift_hunks(struct bg_str *to, const char *diff, long long was, long long is)
{
	for (const char *p = diff; p && *p;) {
		const char *nl = strchrnul(p, '\n'), *x = p, *plus = NULL, *y = NULL;
		unsigned long long a, b;

		if (bg_starts(p, "@@ -") && (x += 4, bg_number(&x, &a)))
			plus = memchr(x, '+', (size_t)(nl - x));
		y = plus ? plus + 1 : NULL;
		if (y && bg_number(&y, &b)) {
			bg_str_addf(to, "@@ -%lld%.*s+%lld", (long long)a + (a && was ? was - 1 : 0), (int)(plus - x),
				    x, (long long)b + (b && is ? is - 1 : 0));
			p = y;
		}
		bg_str_addn(to, p, (size_t)(nl - p));
		if (*nl)
			bg_str_addc(to, '\n');
		p = *nl ? nl + 1 : nl;
	}
}

/* NULL: there is none, or 'diff' cannot be run. Caller frees. */
static char *diff_of(const struct bg_watch *w, const struct piece *was, const char *was_in, const struct piece *is,
		     const char *file)
{
	BG_CLEANUP(bg_freep) char *a = bg_join(w->run->tmp.path, "a"), *b = bg_join(w->run->tmp.path, "b");
	BG_CLEANUP(bg_freep)
	char *label_a = was->line ? bg_printf("a/%s", was_in) : bg_strdup("/dev/null"),
	     *label_b = is->line ? bg_printf("b/%s", file) : bg_strdup("/dev/null");
	const char *const argv[] = { "diff", "-u", "--label", label_a, "--label", label_b, a, b, NULL };
	struct bg_str text = { 0 };
	struct bg_proc_result r = { 0 };

	if (bg_write_file(a, was->text.s ? was->text.s : "", was->text.n) ||
	    bg_write_file(b, is->text.s ? is->text.s : "", is->text.n))
		return NULL;
	if (bg_proc_run(&(struct bg_proc){ .argv = argv }, &r) == 0 && r.status == 1)
		shift_hunks(&text, r.out.s, was->line, is->line);
	bg_proc_result_done(&r);
	return text.n ? bg_str_take(&text) : NULL;
}

static json_t *line_or_null(long long line)
{
	return line ? json_integer(line) : json_null();
}

static json_t *commits_of(struct bg_watch *w, const json_t *row, const struct piece *is, const char *from,
			  const char *to, size_t i)
{
	const char *file = text_of(row, "file");
	bool trace = is->line && i < MAX_TRACED && strcmp(text_of(row, "kind"), "define");
	json_t *all;

	if (!bg_history_has(&w->up->h, from))
		return json_array();
	all = bg_history_of_lines(&w->up->h, from, to, file, trace ? (unsigned)is->line : 0,
				  trace ? (unsigned)is->end_line : 0, MAX_COMMITS);
	if (json_array_size(all) || !trace)
		return all;
	json_decref(all);
	return bg_history_of_lines(&w->up->h, from, to, file, 0, 0, MAX_COMMITS);
}

void bg_changes_explain(struct bg_watch *w, json_t *changes, const char *from, const json_t *was, const char *to,
			const json_t *is)
{
	json_t *row;
	size_t i;

	json_array_foreach (changes, i, row) {
		const char *kind = text_of(row, "kind"), *symbol = text_of(row, "symbol"), *file = text_of(row, "file"),
			   *was_in = text_of(row, "was_in");
		struct piece a = { 0 }, b = { 0 };
		BG_CLEANUP(bg_freep) char *diff = NULL;

		if (was && was_in)
			piece_of(w, from, was, kind, symbol, was_in, &a);
		if (strcmp(text_of(row, "change"), "removed"))
			piece_of(w, to, is, kind, symbol, file, &b);
		/* without the old text all of the new one would seem to be added */
		if (was && (a.text.n || b.text.n))
			diff = diff_of(w, &a, was_in, &b, file);
		json_object_set_new(row, "line", line_or_null(b.line));
		json_object_set_new(row, "end_line", line_or_null(b.end_line));
		json_object_set_new(row, "was_line", line_or_null(a.line));
		json_object_set_new(row, "was_end_line", line_or_null(a.end_line));
		json_object_set_new(row, "diff", bg_json_text(diff));
		json_object_set_new(row, "commits", commits_of(w, row, &b, from, to, i));
		bg_str_done(&a.text);
		bg_str_done(&b.text);
	}
}
