// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The exact text of items and macros: libclang knows where a declaration is, but neither the attributes before it nor
 * the ';', comments and directives around it.
 */
#include "extract/scan_internal.h"

/*
 * libclang's extents leave out attributes before the declaration: everything behind the previous item's end, ';' or
 * file belongs to it.
 */
static uint32_t item_start(const struct scan *s, const struct bg_f_item *it, uint32_t prev_end)
{
	const struct bg_f_inc *inc = bg_tu_inc_at(s->f, it->s);
	size_t i = bg_tok_at(&s->lx, prev_end), first = i;

	for (; i < s->lx.toks.n && s->lx.toks.v[i].s < it->s; i++)
		if (s->f->text[s->lx.toks.v[i].s] == ';' || bg_tu_inc_at(s->f, s->lx.toks.v[i].s) != inc)
			first = i + 1;
	return first < s->lx.toks.n && s->lx.toks.v[first].s < it->s ? s->lx.toks.v[first].s : it->s;
}

/*
 * To the ';' at depth 0, for all but function definitions (where one behind the body is taken along if it stands
 * there).
 */
static uint32_t item_end(const struct scan *s, const struct bg_f_item *it, bool is_function, uint32_t next_start)
{
	const char *t = s->f->text;
	size_t i = bg_tok_at(&s->lx, it->e);
	int nest = 0;

	if (is_function && t[it->e - 1] == '}')
		return it->e;
	for (; i < s->lx.toks.n && s->lx.toks.v[i].s < next_start; i++) {
		char c = t[s->lx.toks.v[i].s];

		nest += c == '(' || c == '{' || c == '[';
		nest -= c == ')' || c == '}' || c == ']';
		if (c == ';' && nest <= 0)
			return s->lx.toks.v[i].e;
		if (is_function) /* made by a macro: at most a ';' of the call follows */
			break;
	}
	return it->e;
}

/* An item that holds an #else or #endif whose #if stands before it (attributes under #ifdef) starts at that #if. */
static uint32_t balance(const struct scan *s, const struct bg_f_item *it, uint32_t prev_end)
{
	int depth = 0, missing = 0, closed = 0;
	size_t first = bg_dir_at(&s->lx, it->s);

	for (size_t i = first; i < s->lx.dirs.n && s->lx.dirs.v[i].s < it->e; i++) {
		enum bg_dir_kind k = s->lx.dirs.v[i].kind;

		if (k == BG_DIR_IF || k == BG_DIR_IFDEF)
			depth++;
		else if (k == BG_DIR_ENDIF && depth-- == 0) {
			missing++;
			depth = 0;
		}
	}
	for (size_t i = first; missing && i-- > 0 && s->lx.dirs.v[i].s >= prev_end;) {
		enum bg_dir_kind k = s->lx.dirs.v[i].kind;

		if (k == BG_DIR_ENDIF)
			closed++;
		else if ((k == BG_DIR_IF || k == BG_DIR_IFDEF) && closed-- == 0) {
			closed = 0;
			if (--missing == 0)
				return s->lx.dirs.v[i].s;
		}
	}
	return it->s;
}

/* A comment that starts its line and ends at most one line break before off belongs to what starts at off. */
static uint32_t with_comment(const struct scan *s, uint32_t off)
{
	const char *t = s->f->text;

	for (size_t k = bg_vec_before(&s->lx.comments, .s, off); k-- > 0;) {
		const struct bg_range *c = &s->lx.comments.v[k];
		unsigned breaks = 0;
		uint32_t i;

		if (c->e > off)
			break;
		for (i = c->e; i < off && strchr(" \t\r\n", t[i]); i++)
			breaks += t[i] == '\n';
		if (i < off || breaks > 1 || bg_tu_inc_at(s->f, c->s) != bg_tu_inc_at(s->f, off))
			break;
		for (i = c->s; i && strchr(" \t", t[i - 1]); i--)
			;
		if (t[i - 1] != '\n')
			break;
		off = c->s;
	}
	return off;
}

/* A comment behind off that starts on the same line. */
static uint32_t with_trailer(const struct scan *s, uint32_t off)
{
	const char *t = s->f->text;
	uint32_t i = off;
	size_t k;

	while (t[i] == ' ' || t[i] == '\t')
		i++;
	k = bg_vec_before(&s->lx.comments, .s, i);
	if (k < s->lx.comments.n && s->lx.comments.v[k].s == i)
		return s->lx.comments.v[k].e;
	return off;
}

static bool has_function_body(const struct scan *s, size_t from, int32_t item)
{
	for (size_t i = from; i < s->cursors.n && (s->cursors.v[i].item == item || s->cursors.v[i].item < 0); i++)
		if (s->cursors.v[i].item == item && clang_getCursorKind(s->cursors.v[i].c) == CXCursor_FunctionDecl &&
		    clang_isCursorDefinition(s->cursors.v[i].c))
			return true;
	return false;
}

void scan_refine(struct scan *s)
{
	struct bg_tu *f = s->f;
	uint32_t prev_end = 0;

	for (size_t i = 0; i < f->items.n; i++) {
		struct bg_f_item *it = &f->items.v[i];
		uint32_t next = i + 1 < f->items.n ? f->items.v[i + 1].s : UINT32_MAX;

		it->e = item_end(s, it, has_function_body(s, s->first_cursor.v[i], (int32_t)i), next);
		it->s = item_start(s, it, prev_end);
		it->s = balance(s, it, prev_end);
		it->cs = with_comment(s, it->s);
		it->te = with_trailer(s, it->e);
		prev_end = it->e;
	}
	for (size_t i = 0; i < f->macros.n; i++) {
		struct bg_f_macro *m = &f->macros.v[i];

		if (m->s && m->top < 0) {
			m->cs = with_comment(s, m->s);
			m->te = with_trailer(s, m->e);
		}
	}
}
