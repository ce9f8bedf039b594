// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Following the entry: every expression in the functions that it reaches, and what each says. */
#include "transform/facts_inside.h"

#include "core/fs.h"

#define MAP_TYPE_PROG_ARRAY 3
#define TAIL_CALL	    12 /* number of bpf_tail_call */

void facts_reach(struct facts_state *s, CXCursor decl, unsigned line, bool entry)
{
	s->filled |= entry;
	for (size_t i = 0; i < s->decls.n; i++) {
		struct bg_func *fn = &s->f->funcs.v[i];

		if (!clang_equalCursors(s->decls.v[i], decl))
			continue;
		fn->entry |= entry;
		if (fn->reached)
			return;
		fn->reached = true;
		if (i != s->f->entry) {
			fn->from = s->func;
			fn->from_line = line;
		}
		bg_vec_push(&s->queue, i);
		return;
	}
}

bool facts_in_macro(const struct bg_facts *f, size_t off)
{
	for (size_t i = 0; i < f->macros.n; i++)
		if (off >= f->macros.v[i].off && off < f->macros.v[i].end)
			return true;
	return false;
}

static struct bg_fact *add_fact(struct facts_state *s, enum bg_fact_kind kind, CXCursor c, const char *name)
{
	struct facts_place seen = facts_place(s, clang_getCursorLocation(c), false);
	struct facts_place spelled = facts_place(s, clang_getCursorLocation(c), true);
	struct bg_fact x = { .kind = kind,
			     .name = bg_strdup(name),
			     .func = s->func,
			     .path = seen.path,
			     .line = seen.line,
			     .col = seen.col,
			     .in_unit = seen.in_unit };

	/* a macro's argument is spelled where the macro is used; what its body says is not */
	x.spelled = spelled.in_unit && bg_facts_word_at(s->f, spelled.off, name) && !facts_in_macro(s->f, spelled.off);
	x.off = x.spelled ? spelled.off : seen.off;
	if (!x.spelled && seen.in_unit)
		x.macro = facts_word(s->f, seen.off);
	free(spelled.path);
	bg_vec_push(&s->f->facts, x);
	return &s->f->facts.v[s->f->facts.n - 1];
}

bool facts_evaluate(CXCursor c, long long *ret)
{
	CXEvalResult r = clang_Cursor_Evaluate(c);
	bool known = r && clang_EvalResult_getKind(r) == CXEval_Int;

	if (known)
		*ret = clang_EvalResult_getAsLongLong(r);
	if (r)
		clang_EvalResult_dispose(r);
	return known;
}

/* The first enumerator or number inside an initialiser: the helper's id in '(void *) BPF_FUNC_x' and '(void *) 44'. */
static enum CXChildVisitResult find_number(CXCursor c, CXCursor parent, CXClientData data)
{
	long long *value = data;

	(void)parent;
	if (clang_getCursorKind(c) == CXCursor_DeclRefExpr) {
		CXCursor d = clang_getCursorReferenced(c);

		if (clang_getCursorKind(d) == CXCursor_EnumConstantDecl) {
			*value = clang_getEnumConstantDeclValue(d);
			return CXChildVisit_Break;
		}
	}
	if (clang_getCursorKind(c) == CXCursor_IntegerLiteral && facts_evaluate(c, value))
		return CXChildVisit_Break;
	return CXChildVisit_Recurse;
}

long facts_helper_id(CXCursor var)
{
	CXType t = clang_getPointeeType(clang_getCanonicalType(clang_getCursorType(var)));
	CXCursor init = clang_Cursor_getVarDeclInitializer(var);
	long long id = 0;

	if ((t.kind != CXType_FunctionProto && t.kind != CXType_FunctionNoProto) || clang_Cursor_isNull(init))
		return 0;
	find_number(init, init, &id);
	if (!id)
		clang_visitChildren(init, find_number, &id);
	return (long)id;
}

struct map_type {
	long type, inner;
};

static enum CXVisitorResult btf_map_type(CXCursor field, CXClientData data)
{
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(field));
	CXType type = clang_getCanonicalType(clang_getCursorType(field)), t = clang_getPointeeType(type);
	struct map_type *m = data, inner = { 0 };

	if (strcmp(name, "type") == 0 && t.kind == CXType_ConstantArray)
		m->type = (long)clang_getArraySize(t);
	if (strcmp(name, "values") == 0) { /* __array(values, struct { ... }) is 'struct { ... } *values[]' */
		clang_Type_visitFields(clang_getPointeeType(clang_getArrayElementType(type)), btf_map_type, &inner);
		m->inner = inner.type;
	}
	return CXVisit_Continue;
}

/* struct bpf_map_def m = { .type = ..., } and the same without designators: the type comes first in all legacy forms.
 */
static long legacy_map_type(CXCursor var)
{
	CXCursor init = clang_Cursor_getVarDeclInitializer(var);
	long long type = 0;

	if (!clang_Cursor_isNull(init) && clang_getCursorKind(init) == CXCursor_InitListExpr)
		clang_visitChildren(init, find_number, &type);
	return (long)type;
}

/* The type of a map variable, and that of its inner maps; 0 when the variable is no map. */
static struct map_type map_types_of(CXCursor var)
{
	BG_CLEANUP(bg_freep) char *section = facts_section(var);
	struct map_type m = { 0 };

	if (!section)
		return m;
	if (strcmp(section, ".maps") == 0)
		clang_Type_visitFields(clang_getCanonicalType(clang_getCursorType(var)), btf_map_type, &m);
	else if (strcmp(section, "maps") == 0)
		m.type = legacy_map_type(var);
	return m;
}

struct map_search {
	char *name;
	long type;
};

static enum CXChildVisitResult find_map(CXCursor c, CXCursor parent, CXClientData data)
{
	struct map_search *m = data;

	(void)parent;
	if (clang_getCursorKind(c) == CXCursor_DeclRefExpr) {
		CXCursor d = clang_getCursorReferenced(c);

		if (clang_getCursorKind(d) == CXCursor_VarDecl) {
			m->type = map_types_of(d).type;
			if (m->type) {
				m->name = facts_string(clang_getCursorSpelling(d));
				return CXChildVisit_Break;
			}
		}
	}
	return CXChildVisit_Recurse;
}

/* What becomes of the expression above which the first n entries of the stack stand. */
static enum bg_use use_of(const struct facts_state *s, size_t n)
{
	for (size_t i = n; i-- > 0;) {
		switch ((int)clang_getCursorKind(s->stack.v[i])) {
		case CXCursor_ReturnStmt:
			return BG_USE_RETURN;
		case CXCursor_CallExpr:
			return BG_USE_ARGUMENT;
		case CXCursor_ArraySubscriptExpr:
			return BG_USE_INDEX;
		case CXCursor_CaseStmt:
			return BG_USE_CASE;
		case CXCursor_VarDecl:
			return BG_USE_STORE;
		case CXCursor_BinaryOperator:
			return clang_getCursorBinaryOperatorKind(s->stack.v[i]) == CXBinaryOperator_Assign
				       ? BG_USE_STORE
				       : BG_USE_COMPARE;
		case CXCursor_ParenExpr:
		case CXCursor_UnexposedExpr:
		case CXCursor_CStyleCastExpr:
		case CXCursor_ConditionalOperator:
			break;
		default:
			return BG_USE_OTHER;
		}
	}
	return BG_USE_OTHER;
}

/* Fills in what the call around a helper's name says of its arguments. */
static void read_call(struct facts_state *s, struct bg_fact *x, CXCursor decl)
{
	for (size_t i = s->stack.n; i-- > 0;) {
		CXCursor call = s->stack.v[i];
		struct map_search m = { 0 };
		int n;

		if (clang_getCursorKind(call) != CXCursor_CallExpr ||
		    !clang_equalCursors(clang_getCursorReferenced(call), decl))
			continue;
		n = clang_Cursor_getNumArguments(call);
		x->called = true;
		x->use = use_of(s, i);
		for (int a = 0; a < n && a < 2 && !m.type; a++) {
			CXCursor arg = clang_Cursor_getArgument(call, (unsigned)a);

			if (find_map(arg, arg, &m) == CXChildVisit_Recurse)
				clang_visitChildren(arg, find_map, &m);
		}
		x->map = m.name;
		x->map_type = m.type;
		if (n > 0)
			x->last_known = facts_evaluate(clang_Cursor_getArgument(call, (unsigned)n - 1), &x->last);
		return;
	}
}

static enum CXChildVisitResult first_child(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	*(CXCursor *)data = c;
	return CXChildVisit_Break;
}

static bool assigns(CXCursor c)
{
	switch ((int)clang_getCursorKind(c)) {
	case CXCursor_CompoundAssignOperator:
		return true;
	case CXCursor_BinaryOperator:
		return clang_getCursorBinaryOperatorKind(c) == CXBinaryOperator_Assign;
	case CXCursor_UnaryOperator: {
		enum CXUnaryOperatorKind k = clang_getCursorUnaryOperatorKind(c);

		return k == CXUnaryOperator_PostInc || k == CXUnaryOperator_PostDec || k == CXUnaryOperator_PreInc ||
		       k == CXUnaryOperator_PreDec;
	}
	default:
		return false;
	}
}

/* Whether c, perhaps with an index or in parentheses, is what an assignment writes to. */
static bool is_written(const struct facts_state *s, CXCursor c)
{
	CXCursor child = c;

	for (size_t i = s->stack.n; i-- > 0; child = s->stack.v[i]) {
		CXCursor at = s->stack.v[i], first = clang_getNullCursor();
		enum CXCursorKind kind = clang_getCursorKind(at);

		clang_visitChildren(at, first_child, &first);
		if (!clang_equalCursors(first, child))
			return false;
		if (assigns(at))
			return true;
		if (kind != CXCursor_ParenExpr && kind != CXCursor_ArraySubscriptExpr && kind != CXCursor_UnexposedExpr)
			return false;
	}
	return false;
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data);

/* A global's initialiser is part of the program: tables of numbers, inner maps, and a program array's members. */
static void visit_global(struct facts_state *s, CXCursor var)
{
	bool values = s->values;
	size_t map_at = s->f->maps.n;
	struct map_type m;

	for (size_t i = 0; i < s->seen.n; i++)
		if (clang_equalCursors(s->seen.v[i], var))
			return;
	bg_vec_push(&s->seen, var);
	m = map_types_of(var);
	if (m.type) {
		struct bg_map map = { .name = facts_string(clang_getCursorSpelling(var)),
				      .type = m.type,
				      .inner = m.inner };

		facts_extent(s, var, &map.start, &map.end);
		bg_vec_push(&s->f->maps, map);
	}
	s->values = m.type == MAP_TYPE_PROG_ARRAY;
	s->filled = false;
	bg_vec_push(&s->stack, var);
	clang_visitChildren(var, visit, s);
	s->stack.n--;
	if (s->values)
		s->f->maps.v[map_at].filled = s->filled;
	s->values = values;
}

/* Of the struct or enumeration that a member belongs to. */
static char *parent_name(CXCursor member)
{
	return facts_string(clang_getCursorSpelling(clang_getCursorSemanticParent(member)));
}

static struct bg_fact *add_call(struct facts_state *s, enum bg_fact_kind kind, CXCursor c, CXCursor decl,
				const char *name)
{
	struct bg_fact *x = add_fact(s, kind, c, name);

	facts_extent(s, decl, &x->decl, &x->decl_end);
	read_call(s, x, decl);
	return x;
}

/* Whether a function is one of our own runtime headers, which ports include as "bpfgraft/NAME.h". */
static bool is_runtime(const struct facts_state *s, CXCursor def, const char *name)
{
	BG_CLEANUP(bg_freep) char *folder = NULL;
	struct facts_place p;

	if (!bg_starts(name, "bg_") || clang_Cursor_isNull(def))
		return false;
	p = facts_place(s, clang_getCursorLocation(def), false);
	folder = p.path ? bg_dirname(p.path) : NULL;
	free(p.path);
	return !p.in_unit && folder && strcmp(bg_basename(folder), "bpfgraft") == 0;
}

static enum CXChildVisitResult find_label(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	if (clang_getCursorKind(c) != CXCursor_AsmLabelAttr)
		return CXChildVisit_Continue;
	*(char **)data = facts_string(clang_getCursorSpelling(c));
	return CXChildVisit_Break;
}

static void visit_function(struct facts_state *s, CXCursor c, CXCursor d, const char *name, unsigned line)
{
	CXCursor def = clang_getCursorDefinition(d);
	BG_CLEANUP(bg_freep) char *section = NULL, *label = NULL;

	if (is_runtime(s, def, name)) {
		add_call(s, BG_FACT_RUNTIME, c, d, name);
		return;
	}
	if (!clang_Cursor_isNull(def)) {
		facts_reach(s, def, line, s->values);
		if (strcmp(name, "bpf_tail_call_static") == 0) { /* libbpf's: the call is in assembly */
			struct bg_fact *x = add_call(s, BG_FACT_HELPER, c, d, name);

			x->id = TAIL_CALL;
			x->decl = x->decl_end = 0; /* a function, which stays */
		}
		return;
	}
	section = facts_section(d);
	clang_visitChildren(d, find_label, &label);
	if ((section && bg_starts(section, ".ksyms")) || (label && bg_starts(label, "llvm.bpf.load")))
		add_call(s, BG_FACT_KFUNC, c, d, label && bg_starts(label, "llvm.") ? label : name);
}

static void visit_reference(struct facts_state *s, CXCursor c, CXCursor d)
{
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(d));
	unsigned line;

	clang_getExpansionLocation(clang_getCursorLocation(c), NULL, &line, NULL, NULL);
	switch ((int)clang_getCursorKind(d)) {
	case CXCursor_EnumConstantDecl:
		if (bg_starts(name, "XDP_")) {
			BG_CLEANUP(bg_freep) char *type = parent_name(d);

			if (strcmp(type, "xdp_action") == 0) {
				struct bg_fact *x = add_fact(s, BG_FACT_VERDICT, c, name);

				x->id = (long)clang_getEnumConstantDeclValue(d);
				x->use = use_of(s, s->stack.n);
			}
		}
		break;
	case CXCursor_FunctionDecl:
		visit_function(s, c, d, name, line);
		break;
	case CXCursor_VarDecl: {
		CXCursor def = clang_getCursorDefinition(d);
		long id = facts_helper_id(d);

		if (id) {
			add_call(s, BG_FACT_HELPER, c, d, name)->id = id;
		} else if (clang_Cursor_hasVarDeclGlobalStorage(d) == 1) {
			visit_global(s, clang_Cursor_isNull(def) ? d : def);
		}
		break;
	}
	default:
		break;
	}
}

/* Inside assembly, an operand of the context's type means that its members are read by offset. */
static void visit_asm_operand(struct facts_state *s, CXCursor asm_stmt, CXCursor c)
{
	CXType t = clang_getPointeeType(clang_getCanonicalType(clang_getCursorType(c)));
	BG_CLEANUP(bg_freep) char *type = facts_string(clang_getTypeSpelling(t)),
	     *wanted = bg_printf("struct %s", s->context);
	struct facts_place at = facts_place(s, clang_getCursorLocation(asm_stmt), false);
	struct facts_place operand = facts_place(s, clang_getCursorLocation(c), true);
	struct facts_place end = facts_place(s, clang_getRangeEnd(clang_getCursorExtent(asm_stmt)), false);

	if (bg_streq(bg_starts(type, "const ") ? type + 6 : type, wanted))
		bg_vec_push(&s->f->asms, (struct bg_asm){ .func = s->func,
							  .start = at.off,
							  .end = end.off,
							  .operand = operand.off,
							  .line = at.line,
							  .col = at.col,
							  .in_unit = at.in_unit && operand.in_unit });
	free(at.path);
	free(operand.path);
	free(end.path);
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data)
{
	struct facts_state *s = data;
	CXCursor d;

	if (clang_getCursorKind(parent) == CXCursor_AsmStmt)
		visit_asm_operand(s, parent, c);
	switch ((int)clang_getCursorKind(c)) {
	case CXCursor_ReturnStmt:
		if (s->f->funcs.v[s->func].entry)
			add_fact(s, BG_FACT_RETURN, c, "return");
		break;
	case CXCursor_DeclRefExpr:
		visit_reference(s, c, clang_getCursorReferenced(c));
		break;
	case CXCursor_MemberRefExpr:
		d = clang_getCursorReferenced(c);
		if (clang_getCursorKind(d) == CXCursor_FieldDecl) {
			BG_CLEANUP(bg_freep) char *of = parent_name(d);
			BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(d));

			if (strcmp(of, s->context) == 0)
				add_fact(s, BG_FACT_FIELD, c, name)->written = is_written(s, c);
		}
		break;
	default:
		break;
	}
	bg_vec_push(&s->stack, c);
	clang_visitChildren(c, visit, s);
	s->stack.n--;
	return CXChildVisit_Continue;
}

void facts_walk(struct facts_state *s)
{
	for (size_t i = 0; i < s->queue.n; i++) {
		s->func = s->queue.v[i];
		s->stack.n = 0;
		clang_visitChildren(s->decls.v[s->func], visit, s);
	}
}
