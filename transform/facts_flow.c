// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/facts_flow.h"

static CXCursor canonical(CXCursor decl)
{
	CXCursor def = clang_getCursorDefinition(decl);

	return clang_getCanonicalCursor(clang_Cursor_isNull(def) ? decl : def);
}

static struct facts_known *find(const struct facts_flow *f, CXCursor decl)
{
	decl = canonical(decl);
	for (size_t i = 0; i < f->known.n; i++)
		if (clang_equalCursors(f->known.v[i].decl, decl))
			return &f->known.v[i];
	return NULL;
}

unsigned facts_flow_is(const struct facts_flow *f, CXCursor decl)
{
	const struct facts_known *k = find(f, decl);

	return k ? k->is : 0;
}

void facts_flow_learn(struct facts_flow *f, CXCursor decl, unsigned is)
{
	struct facts_known *k = find(f, decl);

	if (!is || (k && (k->is | is) == k->is))
		return;
	f->changed = true;
	if (k)
		k->is |= is;
	else
		bg_vec_push(&f->known, ((struct facts_known){ canonical(decl), is }));
}

void facts_flow_done(struct facts_flow *f)
{
	bg_vec_done(&f->known);
}

static enum CXChildVisitResult add_child(CXCursor c, CXCursor parent, CXClientData data)
{
	struct facts_children *all = data;

	(void)parent;
	if (clang_isExpression(clang_getCursorKind(c)) && all->n < BG_ARRAY_SIZE(all->v))
		all->v[all->n++] = c;
	return CXChildVisit_Continue;
}

struct facts_children facts_children(CXCursor c)
{
	struct facts_children all = { .n = 0 };

	clang_visitChildren(c, add_child, &all);
	return all;
}
