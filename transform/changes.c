// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/changes.h"

#include "core/fs.h"
#include "core/linediff.h"
#include "extract/lex.h"

#define REACH 16384 /* bytes of a statement */

void bg_changes_add(json_t *to, size_t line, size_t end, const char *set, const char *name, const char *says)
{
	json_array_append_new(to, json_pack("{s:I, s:I, s:o, s:s, s:s}", "line", (json_int_t)line, "end_line",
					    (json_int_t)end, "set", bg_json_text(set), "name", name, "says", says));
}

/* The one line of all that is the same, or BG_LINE_GONE when there is none or more of them. */
static size_t only_like(const struct bg_lines *all, const struct bg_line *line)
{
	size_t found = BG_LINE_GONE;

	for (size_t i = 0; line->n && i < all->n; i++) {
		if (!bg_line_same(&all->v[i], line))
			continue;
		if (found != BG_LINE_GONE)
			return BG_LINE_GONE;
		found = i;
	}
	return found;
}

/*
 * The line (an index) of the text that 'at' of a copied function is: both texts are compared where the function's first
 * and last lines that are like no others stand. BG_LINE_GONE when the text has no such lines.
 */
static size_t find_copied(const struct bg_lines *text, const struct bg_lines *copy, size_t at)
{
	size_t first = BG_LINE_GONE, last = 0, ahead = 0, behind = 0, *map;
	struct bg_lines part;

	for (size_t i = 0; i < copy->n; i++) {
		size_t found = only_like(text, &copy->v[i]);

		if (found == BG_LINE_GONE || (first != BG_LINE_GONE && found < last))
			continue;
		ahead = first == BG_LINE_GONE ? i : ahead;
		first = first == BG_LINE_GONE ? found : first;
		last = found;
		behind = copy->n - i;
	}
	if (first == BG_LINE_GONE || at >= copy->n)
		return BG_LINE_GONE;
	first -= ahead < first ? ahead : first;
	last = last + behind < text->n ? last + behind : text->n;
	part = (struct bg_lines){ text->v + first, last - first, 0 };
	map = bg_linediff(&part, copy);
	at = first + bg_line_origin(map, part.n, at);
	free(map);
	return at;
}

/* The line (an index) of the text that spatch was given, or BG_LINE_GONE. */
static size_t line_of(const struct bg_rule_place *p, const struct bg_lines *text)
{
	BG_CLEANUP(bg_str_done) struct bg_str copy = { 0 };
	struct bg_lines lines = { 0 };
	size_t at = BG_LINE_GONE;

	if (!p->copy)
		return p->line - 1;
	if (bg_read_file(p->copy, 0, &copy) == 0 && copy.s) {
		bg_lines_of(copy.s, copy.n, &lines);
		at = find_copied(text, &lines, p->line - 1);
	}
	bg_vec_done(&lines);
	return at;
}

/*
 * The last line of what begins in a line (indexes): a statement, an initialiser, a parameter. What a rule matched can
 * be as long, and it says only where it begins.
 */
static size_t end_of(const struct bg_lines *text, size_t line)
{
	const char *start = text->v[line].s, *end = text->v[text->n - 1].s + text->v[text->n - 1].n;
	uint32_t n = (uint32_t)(end - start < REACH ? end - start : REACH), stop = 0;
	struct bg_lexed l = { 0 };
	int depth = 0;
	char last = ')'; /* a body is none of its head, and may be all that begins here */

	bg_lex(start, 0, n, &l);
	for (size_t i = 0; i < l.toks.n; i++) {
		char c = start[l.toks.v[i].s];

		if (l.toks.v[i].kind != BG_TOK_PUNCT || !c)
			c = 'a';
		depth += (strchr("([{", c) != NULL) - (strchr(")]}", c) != NULL);
		if (depth < 0 || (depth == 0 && (c == ';' || c == ',')))
			stop = l.toks.v[i].s;
		else if (depth == 1 && c == '{' && last == ')')
			stop = l.toks.v[i - (i > 0)].s;
		if (stop || (i == 0 && c == '{'))
			break;
		last = c;
	}
	bg_lexed_done(&l);
	for (; line + 1 < text->n && text->v[line + 1].s <= start + stop; line++)
		;
	return line;
}

void bg_changes_by_rules(json_t *to, struct bg_ruleset *rs, const struct bg_str *unit, const struct bg_str *text)
{
	struct bg_lines was = { 0 }, is = { 0 };
	size_t *map;

	bg_lines_of(unit->s ? unit->s : "", unit->n, &was);
	bg_lines_of(text->s ? text->s : "", text->n, &is);
	map = bg_linediff(&was, &is);
	for (size_t i = 0; i < rs->rules.n; i++) {
		struct bg_rule *r = &rs->rules.v[i];

		for (size_t k = 0; k < r->places.n; k++) {
			size_t line = line_of(&r->places.v[k], &is);

			if (line >= is.n || !was.n)
				continue;
			bg_changes_add(to, bg_line_origin(map, was.n, line) + 1,
				       bg_line_origin(map, was.n, end_of(&is, line)) + 1, r->set, r->name, r->says);
		}
		bg_rule_forget_places(r);
	}
	free(map);
	bg_vec_done(&was);
	bg_vec_done(&is);
}

void bg_changes_by_insertion(json_t *to, const struct bg_str *unit, const struct bg_str *before,
			     const struct bg_str *after, const char *name, const char *says)
{
	struct bg_lines was = { 0 }, is = { 0 }, then = { 0 };
	size_t *map, at = 0;

	bg_lines_of(unit->s ? unit->s : "", unit->n, &was);
	bg_lines_of(before->s ? before->s : "", before->n, &is);
	bg_lines_of(after->s ? after->s : "", after->n, &then);
	while (at + 1 < is.n && at < then.n && bg_line_same(&is.v[at], &then.v[at]))
		at++;
	map = bg_linediff(&was, &is);
	at = bg_line_origin(map, was.n, at) + 1;
	bg_changes_add(to, at, at, NULL, name, says);
	free(map);
	bg_vec_done(&was);
	bg_vec_done(&is);
	bg_vec_done(&then);
}

static size_t line_at(const struct bg_str *text, size_t off)
{
	size_t line = 1;

	for (size_t i = 0; i < off && i < text->n; i++)
		line += text->s[i] == '\n';
	return line;
}

void bg_changes_by_edits(json_t *to, const struct bg_edits *edits, const struct bg_str *unit)
{
	for (size_t i = 0; i < edits->edits.n; i++) {
		const struct bg_edit *e = &edits->edits.v[i];

		/* what comes in without anything going stands between two lines */
		bg_changes_add(to, line_at(unit, e->off), line_at(unit, e->off + e->len - (e->len > 0)) + !e->len, NULL,
			       bg_edit_kinds[e->kind].name, bg_edit_kinds[e->kind].says);
	}
}
