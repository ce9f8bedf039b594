// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/shadow.h"

#include <ctype.h>

#include "transform/facts_inside.h"

#define SUFFIX "__bg_type"
#define OPEN "/*__bg_made "
#define CLOSE " __bg_made*/"

struct shadows {
	struct facts_state s;
	const struct bg_facts *facts;
	struct bg_strv variables; /* their names */
	struct bg_edits *edits;
};

static enum CXChildVisitResult name_variable(CXCursor c, CXCursor parent, CXClientData data)
{
	struct shadows *sh = data;
	enum CXCursorKind k = clang_getCursorKind(c);

	(void)parent;
	if (k == CXCursor_VarDecl || k == CXCursor_ParmDecl) {
		BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(c));

		if (*name && !bg_strv_has(&sh->variables, name))
			bg_strv_add(&sh->variables, name);
	}
	return CXChildVisit_Recurse;
}

static enum CXChildVisitResult hide_type(CXCursor c, CXCursor parent, CXClientData data)
{
	struct shadows *sh = data;
	CXCursor type = clang_getCursorKind(c) == CXCursor_TypeRef ? clang_getCursorReferenced(c) : c;
	BG_CLEANUP(bg_freep) char *name = NULL;
	struct facts_place p;

	(void)parent;
	if (clang_getCursorKind(type) != CXCursor_TypedefDecl)
		return CXChildVisit_Recurse;
	name = facts_string(clang_getCursorSpelling(type));
	p = facts_place(&sh->s, clang_getCursorLocation(c), true);
	if (p.in_unit && bg_strv_has(&sh->variables, name) && bg_facts_word_at(sh->s.f, p.off, name))
		bg_vec_push(&sh->edits->edits,
			    (struct bg_edit){ .off = p.off + strlen(name), .text = bg_strdup(SUFFIX) });
	free(p.path);
	return CXChildVisit_Recurse;
}

/* Of an edit that is there already nothing comes: two variables of one declaration refer to one word. */
static void drop_repeated(struct bg_edits *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->edits.n; i++) {
		bool again = false;

		for (size_t k = 0; k < n && !again; k++)
			again = e->edits.v[k].off == e->edits.v[i].off;
		if (again)
			free(e->edits.v[i].text);
		else
			e->edits.v[n++] = e->edits.v[i];
	}
	e->edits.n = n;
}

/* +1 for a line that begins a conditional, -1 for one that ends it. */
static int opens(const char *line)
{
	line += strspn(line, " \t");
	if (*line++ != '#')
		return 0;
	line += strspn(line, " \t");
	return bg_starts(line, "if") - bg_starts(line, "endif");
}

/* Where a comment must begin that ends behind text[start..end), in which a conditional can end: at its '#if'. */
static size_t balanced(const char *text, size_t start, size_t end)
{
	int depth = 0;

	for (const char *p = memchr(text + start, '\n', end - start); p; p = memchr(p, '\n', end - (size_t)(p - text)))
		depth += opens(++p);
	while (depth < 0 && start) {
		while (--start && text[start - 1] != '\n')
			;
		depth += opens(text + start);
	}
	return start;
}

/* Where the comment begins that hides the macro's call which makes fn; false: nothing does, or a comment cannot. */
static bool made(const struct bg_facts *f, const struct bg_func *fn, size_t *ret_start)
{
	if (!fn->made || fn->entry || !fn->in_unit || fn->end <= fn->start)
		return false;
	*ret_start = balanced(f->text.s, fn->start, fn->end);
	return !memmem(f->text.s + *ret_start, fn->end - *ret_start, "*/", 2);
}

static void hide(struct bg_edits *e, size_t start, size_t end)
{
	bg_vec_push(&e->edits, (struct bg_edit){ .off = start, .text = bg_strdup(OPEN) });
	bg_vec_push(&e->edits, (struct bg_edit){ .off = end, .text = bg_strdup(CLOSE) });
}

/*
 * The call of a macro that makes a function, which spatch can take for anything: a comment. No rule would see into it;
 * what it leaves of the old hook is found afterwards.
 */
static void hide_made(const struct bg_facts *f, struct bg_edits *e)
{
	size_t start;

	for (size_t i = 0; i < f->funcs.n; i++)
		if (made(f, &f->funcs.v[i], &start))
			hide(e, start, f->funcs.v[i].end);
}

/* Whether a macro's text [p, e) says how a function is compiled, and nothing else. */
static bool only_attributes(const char *p, const char *e)
{
	static const char *const words[] = { "__attribute__", "inline", "__inline", "__inline__" };
	bool any = false;

	while (p < e) {
		size_t i = 0, n = 0;
		int nest = 0;

		if (strchr(" \t\\\n", *p)) {
			p++;
			continue;
		}
		while (p + n < e && (isalnum((unsigned char)p[n]) || p[n] == '_'))
			n++;
		while (i < BG_ARRAY_SIZE(words) && (n != strlen(words[i]) || memcmp(p, words[i], n) != 0))
			i++;
		if (i == BG_ARRAY_SIZE(words))
			return false;
		p += n;
		do {
			nest += i == 0 && p < e ? (*p == '(') - (*p == ')') : 0;
		} while ((nest || (i == 0 && p < e && *p == ' ')) && ++p < e);
		p += i == 0 && p < e;
		any = true;
	}
	return any;
}

/* Such a macro's name before a function: in a function whose head it had to expand, spatch can fail to change anything.
 */
static enum CXChildVisitResult hide_attribute(CXCursor c, CXCursor parent, CXClientData data)
{
	struct shadows *sh = data;
	const struct bg_facts *f = sh->facts;
	BG_CLEANUP(bg_freep) char *name = NULL;
	struct facts_place p;
	bool plain = false;
	size_t start;

	(void)parent;
	if (clang_getCursorKind(c) != CXCursor_MacroExpansion)
		return CXChildVisit_Continue;
	name = facts_string(clang_getCursorSpelling(c));
	p = facts_place(&sh->s, clang_getCursorLocation(c), true);
	for (size_t i = 0; p.in_unit && i < f->macros.n; i++)
		if (bg_streq(f->macros.v[i].name, name))
			plain = only_attributes(f->text.s + f->macros.v[i].off + strlen(name),
						f->text.s + f->macros.v[i].end);
	for (size_t i = 0; i < f->funcs.n; i++)
		plain = plain && !(made(f, &f->funcs.v[i], &start) && p.off >= start && p.off < f->funcs.v[i].end);
	if (plain && bg_facts_word_at(f, p.off, name))
		hide(sh->edits, p.off, p.off + strlen(name));
	free(p.path);
	return CXChildVisit_Continue;
}

int bg_shadow_hide(const struct bg_facts *f, const struct bg_strv *cflags, struct bg_diags *ds, struct bg_edits *e)
{
	struct bg_facts own = { .path = f->path, .text = f->text };
	struct shadows sh = { .s = { .f = &own }, .facts = f, .edits = e };
	CXIndex index;
	int err;

	if (strstr(f->text.s, SUFFIX) || strstr(f->text.s, "__bg_made")) /* could not be told from ours */
		return 0;
	index = clang_createIndex(0, 0);
	err = facts_parse(&sh.s, index, cflags, ds);
	if (!err) {
		clang_visitChildren(clang_getTranslationUnitCursor(sh.s.tu), name_variable, &sh);
		clang_visitChildren(clang_getTranslationUnitCursor(sh.s.tu), hide_type, &sh);
		clang_visitChildren(clang_getTranslationUnitCursor(sh.s.tu), hide_attribute, &sh);
		hide_made(f, e);
		drop_repeated(e);
	}
	bg_strv_done(&sh.variables);
	if (sh.s.tu)
		clang_disposeTranslationUnit(sh.s.tu);
	clang_disposeIndex(index);
	return err;
}

void bg_shadow_show(struct bg_str *text)
{
	static const char *const ours[] = { SUFFIX, OPEN, CLOSE };

	for (size_t i = 0; i < BG_ARRAY_SIZE(ours); i++) {
		struct bg_str out = { 0 };
		const char *from = text->s, *at;

		for (; (at = strstr(from, ours[i])); from = at + strlen(ours[i]))
			bg_str_addn(&out, from, (size_t)(at - from));
		bg_str_add(&out, from);
		bg_str_done(text);
		*text = out;
	}
}
