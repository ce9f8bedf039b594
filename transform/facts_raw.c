// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a port would get wrong without anybody noticing. Above all where a program takes its context for something else
 * than the structure that it is: as words, as a structure of its own, as what assembly finds in a register. There
 * offsets decide what is read, which no rule changes, and at the target hook other members lie at them. Whole or a
 * member's address, the context is followed through variables, members, parameters and results of type 'void *' and of
 * integers.
 */
#include "transform/facts_flow.h"

#define MEMBER_SIZE 4 /* bytes; every member that both contexts have is a __u32 */

enum { CONTEXT = 1, MEMBER = 2 };

struct raw {
	struct facts_state *s;
	struct facts_flow flow;
	size_t func;
	bool last; /* everything is known, and it is told */
};

static bool is_context(const struct raw *r, CXType t)
{
	CXCursor decl = clang_getTypeDeclaration(clang_getPointeeType(clang_getCanonicalType(t)));
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(decl));

	return strcmp(name, r->s->context) == 0;
}

static bool is_member(const struct raw *r, CXCursor c)
{
	CXCursor field = clang_getCursorReferenced(c);
	BG_CLEANUP(bg_freep) char *of = facts_string(clang_getCursorSpelling(clang_getCursorSemanticParent(field)));

	return clang_getCursorKind(c) == CXCursor_MemberRefExpr &&
	       clang_getCursorKind(field) == CXCursor_FieldDecl && strcmp(of, r->s->context) == 0;
}

static CXCursor bare(CXCursor c)
{
	struct facts_children sub;

	while ((clang_getCursorKind(c) == CXCursor_ParenExpr || clang_getCursorKind(c) == CXCursor_UnexposedExpr) &&
	       (sub = facts_children(c)).n == 1)
		c = sub.v[0];
	return c;
}

/* Whether an expression is the context, or a member's address, whatever its type says. */
static unsigned holds(const struct raw *r, CXCursor c)
{
	struct facts_children sub;

	if (is_context(r, clang_getCursorType(c)))
		return CONTEXT;
	sub = facts_children(c);
	switch ((int)clang_getCursorKind(c)) {
	case CXCursor_DeclRefExpr:
	case CXCursor_MemberRefExpr:
	case CXCursor_CallExpr:
		return facts_flow_is(&r->flow, clang_getCursorReferenced(c));
	case CXCursor_ParenExpr:
	case CXCursor_UnexposedExpr:
	case CXCursor_CStyleCastExpr:
		return sub.n ? holds(r, sub.v[sub.n - 1]) : 0;
	case CXCursor_UnaryOperator:
		return sub.n && clang_getCursorUnaryOperatorKind(c) == CXUnaryOperator_AddrOf &&
				       is_member(r, bare(sub.v[0])) ?
			       MEMBER :
			       0;
	case CXCursor_ConditionalOperator:
		return sub.n > 2 ? holds(r, sub.v[1]) | holds(r, sub.v[2]) : 0;
	case CXCursor_BinaryOperator:
		return sub.n > 1 && (clang_getCursorBinaryOperatorKind(c) == CXBinaryOperator_Assign ||
				     clang_getCursorBinaryOperatorKind(c) == CXBinaryOperator_Comma) ?
			       holds(r, sub.v[1]) :
			       0;
	default:
		return 0;
	}
}

static void tell_of(const struct raw *r, CXCursor c, enum bg_trap_kind kind, const char *why)
{
	struct facts_place at = facts_place(r->s, clang_getCursorLocation(c), false);
	struct bg_facts *f = r->s->f;
	size_t n = f->traps.n;

	if (!r->last || (n && f->traps.v[n - 1].func == r->func && f->traps.v[n - 1].line == at.line &&
			 f->traps.v[n - 1].kind == kind)) {
		free(at.path);
		return;
	}
	bg_vec_push(&f->traps, ((struct bg_trap){ .kind = kind,
						  .func = r->func,
						  .path = at.path,
						  .line = at.line,
						  .col = at.col,
						  .why = why }));
}

static void tell(const struct raw *r, CXCursor c, const char *why)
{
	tell_of(r, c, BG_TRAP_CONTEXT, why);
}

/* 'return XDP_DROP;' is what the rules know; who calls a variable so returns something else. */
static void check_name(const struct raw *r, CXCursor c)
{
	static const char *const verdicts[] = { "XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT" };
	CXCursor d = clang_getCursorReferenced(c);
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(d));

	if (clang_getCursorKind(d) != CXCursor_VarDecl && clang_getCursorKind(d) != CXCursor_ParmDecl)
		return;
	for (size_t i = 0; i < BG_ARRAY_SIZE(verdicts); i++)
		if (strcmp(name, verdicts[i]) == 0)
			tell_of(r, c, BG_TRAP_NAME, NULL);
}

/* An expression becomes of another type. What it is then: nothing, where the type says it again. */
static unsigned convert(const struct raw *r, CXType to, CXCursor c)
{
	CXType t = clang_getCanonicalType(to), pointee = clang_getCanonicalType(clang_getPointeeType(t));
	unsigned is = holds(r, c);

	if (!is || is_context(r, t) || t.kind == CXType_Bool || t.kind == CXType_Void)
		return 0;
	if (t.kind != CXType_Pointer || pointee.kind == CXType_Void)
		return is;
	if (is & CONTEXT)
		tell(r, c, "the context is cast to another type");
	else if (clang_Type_getSizeOf(pointee) != MEMBER_SIZE)
		tell(r, c, "a member's address is cast to a type of another size");
	return is;
}

/* '(&ctx->data)[1]', 'ctx + 1' */
static void count_on(const struct raw *r, CXCursor c, CXCursor base, CXCursor by)
{
	long long n = 0;

	if (holds(r, base) && !(facts_evaluate(by, &n) && n == 0))
		tell(r, c, "what lies beside the context or a member is reached by counting");
}

static void binary(struct raw *r, CXCursor c)
{
	enum CXBinaryOperatorKind k = clang_getCursorBinaryOperatorKind(c);
	struct facts_children sub = facts_children(c);

	if (sub.n < 2)
		return;
	if (k == CXBinaryOperator_Assign) {
		CXCursor to = bare(sub.v[0]);
		unsigned is = convert(r, clang_getCursorType(to), sub.v[1]);

		if (clang_getCursorKind(to) == CXCursor_DeclRefExpr ||
		    clang_getCursorKind(to) == CXCursor_MemberRefExpr)
			facts_flow_learn(&r->flow, clang_getCursorReferenced(to), is);
	} else if (k == CXBinaryOperator_Add || k == CXBinaryOperator_Sub) {
		count_on(r, c, sub.v[0], sub.v[1]);
		count_on(r, c, sub.v[1], sub.v[0]);
	}
}

/* memcpy() and its like read as many bytes as they are told. */
static void copy(const struct raw *r, CXCursor call, int n)
{
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(call));
	long long bytes = 0;

	if (n != 3 || (!strstr(name, "memcpy") && !strstr(name, "memmove") && !strstr(name, "memcmp")))
		return;
	for (unsigned i = 0; i < 2; i++) {
		unsigned is = holds(r, clang_Cursor_getArgument(call, i));

		if (is & CONTEXT)
			tell(r, call, "the context's bytes are copied");
		else if (is && !(facts_evaluate(clang_Cursor_getArgument(call, 2), &bytes) && bytes == MEMBER_SIZE))
			tell(r, call, "more of the context than one member is copied");
	}
}

static void call(struct raw *r, CXCursor c)
{
	CXCursor f = clang_getCursorReferenced(c), def = clang_getCursorDefinition(f);
	CXType type = clang_getCanonicalType(clang_getCursorType(f)), pointee = clang_getPointeeType(type);
	bool ours = clang_getCursorKind(f) == CXCursor_FunctionDecl && !clang_Cursor_isNull(def);
	int n = clang_Cursor_getNumArguments(c), params = ours ? clang_Cursor_getNumArguments(def) : 0;

	if (pointee.kind != CXType_Invalid)
		type = pointee;
	for (size_t i = 0; i < r->s->decls.n && ours; i++)
		if (r->s->f->funcs.v[i].entry && clang_equalCursors(r->s->decls.v[i], def))
			tell_of(r, c, BG_TRAP_CALLED, NULL);
	for (unsigned i = 0; (int)i < n; i++) {
		CXType to = clang_getArgType(type, i);
		unsigned is = to.kind != CXType_Invalid ? convert(r, to, clang_Cursor_getArgument(c, i)) : 0;

		if ((int)i < params)
			facts_flow_learn(&r->flow, clang_Cursor_getArgument(def, i), is);
	}
	copy(r, c, n);
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data)
{
	struct raw *r = data;
	struct facts_children sub;
	CXCursor init;

	(void)parent;
	switch ((int)clang_getCursorKind(c)) {
	case CXCursor_VarDecl:
		init = clang_Cursor_getVarDeclInitializer(c);
		if (!clang_Cursor_isNull(init))
			facts_flow_learn(&r->flow, c, convert(r, clang_getCursorType(c), init));
		break;
	case CXCursor_CStyleCastExpr:
		sub = facts_children(c);
		if (sub.n)
			convert(r, clang_getCursorType(c), sub.v[sub.n - 1]);
		break;
	case CXCursor_BinaryOperator:
		binary(r, c);
		break;
	case CXCursor_ArraySubscriptExpr:
		sub = facts_children(c);
		if (sub.n > 1)
			count_on(r, c, sub.v[0], sub.v[1]);
		break;
	case CXCursor_CallExpr:
		call(r, c);
		break;
	case CXCursor_ReturnStmt:
		sub = facts_children(c);
		if (sub.n)
			facts_flow_learn(&r->flow, r->s->decls.v[r->func],
			      convert(r, clang_getCursorResultType(r->s->decls.v[r->func]), sub.v[0]));
		break;
	case CXCursor_DeclRefExpr:
		check_name(r, c);
		if (facts_flow_is(&r->flow, clang_getCursorReferenced(c)) & CONTEXT &&
		    clang_getCanonicalType(clang_getPointeeType(clang_getCanonicalType(clang_getCursorType(c)))).kind ==
			    CXType_Record)
			tell(r, c, "the context has a type of the program's own");
		break;
	default:
		break;
	}
	return CXChildVisit_Recurse;
}

/* A program's only parameter is the context, whatever its type. */
static void learn_parameter(struct raw *r)
{
	CXCursor decl = r->s->decls.v[r->func];

	if (r->s->f->funcs.v[r->func].entry && clang_Cursor_getNumArguments(decl) == 1 &&
	    !is_context(r, clang_getCursorType(clang_Cursor_getArgument(decl, 0))))
		facts_flow_learn(&r->flow, clang_Cursor_getArgument(decl, 0), CONTEXT);
}

/* Assembly without a frame has its arguments in registers; its operands name none of them. */
static void check_naked(const struct raw *r)
{
	const struct bg_func *fn = &r->s->f->funcs.v[r->func];

	if (fn->naked && (fn->entry || fn->context))
		tell(r, r->s->decls.v[r->func], "the function is assembly, which has the context in a register");
}

static void check_result(const struct raw *r)
{
	CXType t = clang_getCanonicalType(clang_getCursorResultType(r->s->decls.v[r->func]));

	if (r->s->f->funcs.v[r->func].entry && t.kind != CXType_Void &&
	    clang_Type_getSizeOf(t) < (long long)sizeof(int))
		tell_of(r, r->s->decls.v[r->func], BG_TRAP_NARROW, NULL);
}

static void pass(struct raw *r)
{
	r->flow.changed = false;
	for (size_t i = 0; i < r->s->queue.n; i++) {
		r->func = r->s->queue.v[i];
		learn_parameter(r);
		check_naked(r);
		check_result(r);
		clang_visitChildren(r->s->decls.v[r->func], visit, r);
	}
}

/* A function that gets the context as 'void *' has it all the same. */
static void name_contexts(const struct raw *r)
{
	for (size_t i = 0; i < r->s->queue.n; i++) {
		struct bg_func *fn = &r->s->f->funcs.v[r->s->queue.v[i]];
		CXCursor decl = r->s->decls.v[r->s->queue.v[i]];
		int n = clang_Cursor_getNumArguments(decl);

		for (unsigned k = 0; (int)k < n && !fn->context; k++)
			if (facts_flow_is(&r->flow, clang_Cursor_getArgument(decl, k)) & CONTEXT)
				fn->context = facts_string(clang_getCursorSpelling(clang_Cursor_getArgument(decl, k)));
	}
}

void facts_raw(struct facts_state *s)
{
	struct raw r = { .s = s };

	do
		pass(&r);
	while (r.flow.changed);
	r.last = true;
	pass(&r);
	name_contexts(&r);
	facts_flow_done(&r.flow);
}
