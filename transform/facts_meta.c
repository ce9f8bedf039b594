// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Where a program that moves its metadata area compares the area with the packet. At XDP both lie in one piece of
 * memory, and 'meta + 1 > data' asks where the area ends; in a port they do not, so 'data' there becomes something
 * else. Which variables hold a place in the area, and which the packet's start, is followed through assignments,
 * parameters and results, whatever the order: a variable that is ever both is refused.
 */
#include "transform/facts_flow.h"

enum { TAIL_CALL = 12, ADJUST_HEAD = 44, ADJUST_META = 54 }; /* numbers of helpers */

enum { META = 1, DATA = 2, END = 4 };

struct meta {
	struct facts_state *s;
	struct facts_flow flow;
	BG_VEC(size_t) data; /* offsets at which variables that hold the packet's start are spelled */
	size_t func;
	bool last; /* everything is known, and it is told */
};

/* Which member of the context it is, 0 = another's. */
static unsigned member_of_context(const struct meta *m, CXCursor c)
{
	CXCursor field = clang_getCursorReferenced(c);
	BG_CLEANUP(bg_freep) char *of = facts_string(clang_getCursorSpelling(clang_getCursorSemanticParent(field)));
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(field));

	if (clang_getCursorKind(field) != CXCursor_FieldDecl || strcmp(of, m->s->context) != 0)
		return 0;
	return bg_streq(name, "data_meta")  ? META
	       : bg_streq(name, "data")	    ? DATA
	       : bg_streq(name, "data_end") ? END
					    : 0;
}

static bool is_array(CXCursor c)
{
	return clang_getCanonicalType(clang_getCursorType(c)).kind == CXType_ConstantArray;
}

/* What place an expression is: a mask. What is read from there is none. */
static unsigned place(const struct meta *m, CXCursor c)
{
	struct facts_children sub = facts_children(c);

	switch ((int)clang_getCursorKind(c)) {
	case CXCursor_DeclRefExpr:
		return facts_flow_is(&m->flow, clang_getCursorReferenced(c));
	case CXCursor_MemberRefExpr: {
		unsigned is = member_of_context(m, c);

		return is ? is : is_array(c) && sub.n ? place(m, sub.v[0]) : 0;
	}
	case CXCursor_ArraySubscriptExpr:
		return is_array(c) && sub.n ? place(m, sub.v[0]) : 0;
	case CXCursor_CallExpr:
		return facts_flow_is(&m->flow, clang_getCursorReferenced(c));
	case CXCursor_UnaryOperator:
		if (!sub.n || clang_getCursorUnaryOperatorKind(c) == CXUnaryOperator_Deref)
			return 0;
		if (clang_getCursorUnaryOperatorKind(c) == CXUnaryOperator_AddrOf) {
			CXCursor of = sub.v[0];

			sub = facts_children(of);
			return clang_getCursorKind(of) == CXCursor_DeclRefExpr || !sub.n ? 0 : place(m, sub.v[0]);
		}
		return place(m, sub.v[0]);
	case CXCursor_BinaryOperator: {
		enum CXBinaryOperatorKind k = clang_getCursorBinaryOperatorKind(c);
		unsigned a = sub.n ? place(m, sub.v[0]) : 0, b = sub.n > 1 ? place(m, sub.v[1]) : 0;

		if (k == CXBinaryOperator_Assign || k == CXBinaryOperator_Comma)
			return b;
		return k == CXBinaryOperator_Add || (k == CXBinaryOperator_Sub && !(a && b)) ? a | b : 0;
	}
	case CXCursor_ConditionalOperator:
		return sub.n > 2 ? place(m, sub.v[1]) | place(m, sub.v[2]) : 0;
	case CXCursor_CompoundAssignOperator:
	case CXCursor_ParenExpr:
	case CXCursor_UnexposedExpr:
	case CXCursor_CStyleCastExpr:
		return sub.n ? place(m, sub.v[0]) : 0;
	default:
		return 0;
	}
}

/* The name, member or call in an expression by which it is the packet's start. */
static CXCursor leaf_of(const struct meta *m, CXCursor c)
{
	struct facts_children sub = facts_children(c);

	switch ((int)clang_getCursorKind(c)) {
	case CXCursor_DeclRefExpr:
	case CXCursor_MemberRefExpr:
	case CXCursor_CallExpr:
		return c;
	default:
		for (size_t i = 0; i < sub.n; i++)
			if (place(m, sub.v[i]) & DATA)
				return leaf_of(m, sub.v[i]);
		return c;
	}
}

static void tell(struct meta *m, CXCursor c, enum bg_meta_kind kind, size_t off, size_t end, const char *why,
		 char *type) /* the use owns it: NOLINT(readability-non-const-parameter) */
{
	struct facts_place at = facts_place(m->s, clang_getCursorLocation(c), false);

	bg_vec_push(&m->s->f->metas, ((struct bg_meta_use){ .kind = kind,
							    .func = m->func,
							    .path = at.path,
							    .line = at.line,
							    .col = at.col,
							    .off = off,
							    .end = end,
							    .why = why,
							    .type = type }));
}

/* Where an expression is spelled in the unit's functions; false when a macro's body or a header has a part of it. */
static bool spelled(const struct meta *m, CXCursor c, size_t *ret_off, size_t *ret_end)
{
	CXSourceRange extent = clang_getCursorExtent(c);
	struct facts_place from = facts_place(m->s, clang_getRangeStart(extent), true);
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(c));
	size_t off = from.off, end = from.off + strlen(name);

	free(from.path);
	if (clang_getCursorKind(c) == CXCursor_MemberRefExpr) {
		struct facts_place member = facts_place(m->s, clang_getCursorLocation(c), true);

		end = member.off + strlen(name);
		from.in_unit &= member.in_unit && end > off && bg_facts_word_at(m->s->f, member.off, name) &&
				!facts_in_macro(m->s->f, member.off);
		free(member.path);
	} else {
		from.in_unit &= bg_facts_word_at(m->s->f, off, name);
	}
	*ret_off = off;
	*ret_end = end;
	return from.in_unit && !facts_in_macro(m->s->f, off);
}

/* How an expression at off is cast to the type that it has, where it is not to another; NULL for 'void *'. */
static char *type_at(const struct meta *m, CXCursor c, size_t off)
{
	CXType t = clang_getUnqualifiedType(clang_getCursorType(c));
	CXType to = clang_getPointeeType(clang_getCanonicalType(t));
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getTypeSpelling(t));

	if (to.kind == CXType_Void || (off && m->s->f->text.s[off - 1] == ')'))
		return NULL;
	return strchr(name, '(') ? bg_strdup("unsigned long") : BG_TAKE(name); /* a structure without a name */
}

/* Where an expression is seen in the unit, for the order of statements. */
static size_t seen_at(const struct meta *m, CXSourceLocation loc)
{
	struct facts_place p = facts_place(m->s, loc, false);

	free(p.path);
	return p.in_unit ? p.off : 0;
}

/* A member of the program's own structure that is used at 'at', and what the statements before, in the same block, have
 * put there. */
struct flow {
	const struct meta *m;
	CXCursor member;
	size_t off, end, at;
	unsigned is;
};

static enum CXChildVisitResult find_call(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	*(bool *)data |= clang_getCursorKind(c) == CXCursor_CallExpr;
	return CXChildVisit_Recurse;
}

static bool is_same_text(const struct flow *f, CXCursor c)
{
	size_t off, end;

	return clang_getCursorKind(c) == CXCursor_MemberRefExpr && spelled(f->m, c, &off, &end) &&
	       end - off == f->end - f->off &&
	       memcmp(f->m->s->f->text.s + off, f->m->s->f->text.s + f->off, end - off) == 0;
}

/* What a statement does to it: sets it, leaves it alone (another variable gets a value), or nobody knows. */
static enum CXChildVisitResult step(CXCursor c, CXCursor parent, CXClientData data)
{
	struct flow *f = data;
	struct facts_children sub = facts_children(c), of = facts_children(f->member);
	bool calls = false, assigns;

	(void)parent;
	if (seen_at(f->m, clang_getRangeEnd(clang_getCursorExtent(c))) > f->at)
		return CXChildVisit_Break;
	clang_visitChildren(c, find_call, &calls);
	assigns = !calls && clang_getCursorKind(c) == CXCursor_BinaryOperator && sub.n > 1 &&
		  clang_getCursorBinaryOperatorKind(c) == CXBinaryOperator_Assign;
	if (assigns && is_same_text(f, sub.v[0]))
		f->is = place(f->m, sub.v[1]);
	else if (!assigns || clang_getCursorKind(sub.v[0]) != CXCursor_DeclRefExpr || !of.n ||
		 clang_equalCursors(clang_getCursorReferenced(sub.v[0]), clang_getCursorReferenced(of.v[0])))
		f->is = 0;
	return CXChildVisit_Continue;
}

/* The innermost block comes last. */
static enum CXChildVisitResult find_block(CXCursor c, CXCursor parent, CXClientData data)
{
	struct flow *f = data;
	CXSourceRange extent = clang_getCursorExtent(c);

	(void)parent;
	if (seen_at(f->m, clang_getRangeStart(extent)) > f->at || seen_at(f->m, clang_getRangeEnd(extent)) < f->at)
		return CXChildVisit_Continue;
	if (clang_getCursorKind(c) == CXCursor_CompoundStmt) {
		f->is = 0;
		clang_visitChildren(c, step, f);
	}
	return CXChildVisit_Recurse;
}

static CXCursor member_in(CXCursor c)
{
	struct facts_children sub;

	while (clang_getCursorKind(c) != CXCursor_MemberRefExpr && (sub = facts_children(c)).n == 1)
		c = sub.v[0];
	return c;
}

/* 'p->begin = data; ...; if (meta + 1 > p->begin)': the member of a structure that the program keeps. */
static bool is_start_by_member(const struct meta *m, CXCursor op, CXCursor c)
{
	struct flow f = { .m = m, .at = seen_at(m, clang_getCursorLocation(op)) };

	f.member = c = member_in(c);
	if (clang_getCursorKind(c) != CXCursor_MemberRefExpr || !spelled(m, c, &f.off, &f.end))
		return false;
	clang_visitChildren(m->s->decls.v[m->func], find_block, &f);
	return f.is == DATA;
}

/* A place in the area meets another: the packet's start there is the area's end. */
static void meet(struct meta *m, CXCursor op, CXCursor other)
{
	CXCursor leaf = leaf_of(m, other);
	unsigned is = place(m, other);
	size_t off = 0, end = 0;
	long long value = 1;

	if (is == 0 && is_start_by_member(m, op, other)) {
		is = DATA;
		leaf = member_in(other);
	}
	if (is == DATA && clang_getCursorKind(leaf) == CXCursor_CallExpr)
		tell(m, op, BG_META_LOST, 0, 0, "the packet's start, with which it is compared, is a function's result",
		     NULL);
	else if (is == DATA && !spelled(m, leaf, &off, &end))
		tell(m, op, BG_META_LOST, 0, 0, "a macro hides the packet's start, against which it is compared", NULL);
	else if (is == DATA)
		tell(m, op, BG_META_END, off, end, NULL, type_at(m, leaf, off));
	else if (is != META && !(is == 0 && facts_evaluate(other, &value) && value == 0))
		tell(m, op, BG_META_LOST, 0, 0, "it is compared with something else than the packet's start", NULL);
}

/* 'ctx_ptr(ctx, data_meta)': the member is a macro's argument, and so must the context be. */
static void meta_argument(struct meta *m, CXCursor c)
{
	struct facts_place seen = facts_place(m->s, clang_getCursorLocation(c), false);
	struct facts_place name = facts_place(m->s, clang_getCursorLocation(c), true), of;
	struct facts_children sub = facts_children(c);
	CXCursor base = sub.n ? sub.v[0] : c;
	size_t off, end;

	if (name.in_unit && name.off != seen.off && !facts_in_macro(m->s->f, name.off)) {
		while (clang_getCursorKind(base) != CXCursor_DeclRefExpr && (sub = facts_children(base)).n)
			base = sub.v[0];
		of = facts_place(m->s, clang_getCursorLocation(base), true);
		if (of.in_unit && of.off != seen.off && spelled(m, base, &off, &end)) {
			tell(m, c, BG_META_CONTEXT, off, end, NULL, NULL);
		} else {
			tell(m, c, BG_META_LOST, 0, 0, "a macro hides whose member 'data_meta' is", NULL);
		}
		free(of.path);
	}
	free(seen.path);
	free(name.path);
}

static bool compares(enum CXBinaryOperatorKind k)
{
	return k == CXBinaryOperator_LT || k == CXBinaryOperator_GT || k == CXBinaryOperator_LE ||
	       k == CXBinaryOperator_GE || k == CXBinaryOperator_EQ || k == CXBinaryOperator_NE;
}

static void binary(struct meta *m, CXCursor c)
{
	enum CXBinaryOperatorKind k = clang_getCursorBinaryOperatorKind(c);
	struct facts_children sub = facts_children(c);
	unsigned a, b;

	if (sub.n < 2)
		return;
	a = place(m, sub.v[0]);
	b = place(m, sub.v[1]);
	if (k == CXBinaryOperator_Assign && clang_getCursorKind(sub.v[0]) == CXCursor_DeclRefExpr)
		facts_flow_learn(&m->flow, clang_getCursorReferenced(sub.v[0]), b);
	else if (k == CXBinaryOperator_Assign && b & META && m->last)
		tell(m, c, BG_META_LOST, 0, 0, "it is kept in something else than a variable", NULL);
	if (!m->last || !(compares(k) || (k == CXBinaryOperator_Sub && a && b)))
		return;
	if ((a & META && a != META) || (b & META && b != META))
		tell(m, c, BG_META_LOST, 0, 0, "a variable holds it and the packet's, too", NULL);
	else if (a == META && b != META)
		meet(m, c, sub.v[1]);
	else if (b == META && a != META)
		meet(m, c, sub.v[0]);
}

static void call(struct meta *m, CXCursor c)
{
	CXCursor f = clang_getCursorReferenced(c), def = clang_getCursorDefinition(f);
	bool function = clang_getCursorKind(f) == CXCursor_FunctionDecl, ours = function && !clang_Cursor_isNull(def);
	int n = clang_Cursor_getNumArguments(c), params = ours ? clang_Cursor_getNumArguments(def) : 0;

	for (unsigned i = 0; (int)i < n && (int)i < params; i++)
		facts_flow_learn(&m->flow, clang_Cursor_getArgument(def, i), place(m, clang_Cursor_getArgument(c, i)));
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data)
{
	struct meta *m = data;
	CXCursor init;
	size_t off, end;

	(void)parent;
	switch ((int)clang_getCursorKind(c)) {
	case CXCursor_VarDecl:
		init = clang_Cursor_getVarDeclInitializer(c);
		if (!clang_Cursor_isNull(init))
			facts_flow_learn(&m->flow, c, place(m, init));
		break;
	case CXCursor_InitListExpr: {
		struct facts_children sub = facts_children(c);

		for (size_t i = 0; i < sub.n && m->last; i++)
			if (place(m, sub.v[i]) & META)
				tell(m, c, BG_META_LOST, 0, 0, "it is kept in something else than a variable", NULL);
		break;
	}
	case CXCursor_BinaryOperator:
		binary(m, c);
		break;
	case CXCursor_CallExpr:
		call(m, c);
		break;
	case CXCursor_ReturnStmt: {
		struct facts_children sub = facts_children(c);

		if (sub.n)
			facts_flow_learn(&m->flow, m->s->decls.v[m->func], place(m, sub.v[0]));
		break;
	}
	case CXCursor_DeclRefExpr:
		if (m->last && place(m, c) & DATA && spelled(m, c, &off, &end))
			bg_vec_push(&m->data, off);
		break;
	case CXCursor_MemberRefExpr:
		if (m->last && member_of_context(m, c) == META)
			meta_argument(m, c);
		break;
	default:
		break;
	}
	return CXChildVisit_Recurse;
}

static void pass(struct meta *m)
{
	m->flow.changed = false;
	for (size_t i = 0; i < m->s->queue.n; i++) {
		m->func = m->s->queue.v[i];
		clang_visitChildren(m->s->decls.v[m->func], visit, m);
	}
}

/* A name that a macro uses twice, once against the area and once against the packet, cannot become both. */
static void refuse_shared(struct meta *m)
{
	struct bg_facts *f = m->s->f;

	for (size_t i = 0; i < f->metas.n; i++) {
		struct bg_meta_use *u = &f->metas.v[i];
		size_t uses = 0, ends = 0;

		for (size_t j = 0; j < m->data.n; j++)
			uses += m->data.v[j] == u->off;
		for (size_t j = 0; j < f->metas.n; j++)
			ends += f->metas.v[j].kind == u->kind && f->metas.v[j].off == u->off;
		if (u->kind == BG_META_END && uses > ends) {
			u->kind = BG_META_LOST;
			u->why = "a macro compares it and the packet with the same argument";
		}
	}
}

bool bg_facts_moves_meta(const struct bg_facts *f)
{
	for (size_t i = 0; i < f->facts.n; i++)
		if (f->facts.v[i].kind == BG_FACT_HELPER && f->facts.v[i].id == ADJUST_META)
			return true;
	return false;
}

/* A delta that is computed can be either. */
bool bg_facts_keeps_front(const struct bg_facts *f)
{
	bool cut = false, grow = false;

	for (size_t i = 0; i < f->facts.n; i++) {
		const struct bg_fact *x = &f->facts.v[i];

		if (x->kind != BG_FACT_HELPER || x->id != ADJUST_HEAD)
			continue;
		cut |= !x->last_known || (int)x->last > 0;
		grow |= !x->last_known || (int)x->last < 0;
	}
	return (cut && grow) || ((cut || grow) && bg_facts_moves_meta(f));
}

bool bg_facts_hands_over(const struct bg_facts *f, const struct bg_fact *x)
{
	return x->kind == BG_FACT_HELPER && x->id == TAIL_CALL && (bg_facts_moves_meta(f) || bg_facts_keeps_front(f));
}

void facts_meta(struct facts_state *s)
{
	struct meta m = { .s = s };

	if (!bg_facts_moves_meta(s->f))
		return;
	do
		pass(&m);
	while (m.flow.changed);
	m.last = true;
	pass(&m);
	refuse_shared(&m);
	facts_flow_done(&m.flow);
	bg_vec_done(&m.data);
}
