// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/shadow.h"

#include "transform/facts_inside.h"

#define SUFFIX "__bg_type"

struct shadows {
	struct facts_state s;
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

int bg_shadow_hide(const struct bg_facts *f, const struct bg_strv *cflags, struct bg_diags *ds, struct bg_edits *e)
{
	struct bg_facts own = { .path = f->path, .text = f->text };
	struct shadows sh = { .s = { .f = &own }, .edits = e };
	CXIndex index;
	int err;

	if (strstr(f->text.s, SUFFIX)) /* could not be told from ours */
		return 0;
	index = clang_createIndex(0, 0);
	err = facts_parse(&sh.s, index, cflags, ds);
	if (!err) {
		clang_visitChildren(clang_getTranslationUnitCursor(sh.s.tu), name_variable, &sh);
		clang_visitChildren(clang_getTranslationUnitCursor(sh.s.tu), hide_type, &sh);
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
	struct bg_str out = { 0 };
	const char *from = text->s, *at;

	for (; (at = strstr(from, SUFFIX)); from = at + strlen(SUFFIX))
		bg_str_addn(&out, from, (size_t)(at - from));
	bg_str_add(&out, from);
	bg_str_done(text);
	*text = out;
}
