// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The types of a legacy map's keys and values. Its annotation says them, or sizeof(T) in its definition; else the
 * map's uses decide, where they agree with each other and with the size. A type that no line before the definition
 * declares cannot be named there.
 */
#include "transform/legacy_inside.h"

#define LOOKUP 1 /* enum bpf_func_id */
#define UPDATE 2
#define DELETE 3

struct walk {
	struct legacy_state *st;
	BG_VEC(CXCursor) stack; /* ancestors of the cursor being visited */
};

/* What libbpf creates without BTF of their keys and values: their types would say nothing. */
static bool is_special(long long type)
{
	static const int types[] = { 3, 4, 7, 8, LEGACY_ARRAY_OF_MAPS, LEGACY_HASH_OF_MAPS, 14, 15, 16, 17, 18, 25 };

	for (size_t i = 0; i < BG_ARRAY_SIZE(types); i++)
		if (types[i] == type)
			return true;
	return false;
}

/* Whether the type has a name that is declared at off in the unit. */
static bool nameable(const struct legacy_state *st, CXType t, size_t off)
{
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getTypeSpelling(t));
	struct facts_place at;
	CXCursor decl;
	bool ok;

	if (strchr(name, '(')) /* without a name, or a function's */
		return false;
	while (t.kind == CXType_ConstantArray || t.kind == CXType_Pointer)
		t = t.kind == CXType_Pointer ? clang_getPointeeType(t) : clang_getArrayElementType(t);
	decl = clang_getTypeDeclaration(t);
	if (clang_getCursorKind(decl) == CXCursor_NoDeclFound)
		return true;
	at = facts_place(&st->s, clang_getCursorLocation(decl), false);
	ok = clang_getCursorKind(clang_getCursorSemanticParent(decl)) == CXCursor_TranslationUnit &&
	     (!at.in_unit || at.off < off);
	free(at.path);
	return ok;
}

static void add_type(struct legacy_state *st, size_t map, struct legacy_types *to, CXType t, long long size)
{
	BG_CLEANUP(bg_freep) char *canonical = NULL;

	t = clang_getUnqualifiedType(t);
	if (t.kind == CXType_Void || t.kind == CXType_Invalid)
		return;
	canonical = facts_string(clang_getTypeSpelling(clang_getUnqualifiedType(clang_getCanonicalType(t))));
	if (clang_Type_getSizeOf(t) != size || !nameable(st, t, st->defs.v[map].off) ||
	    (to->canonical && strcmp(to->canonical, canonical) != 0))
		to->conflict = true;
	if (to->canonical)
		return;
	to->spelled = facts_string(clang_getTypeSpelling(t));
	to->canonical = BG_TAKE(canonical);
}

static enum CXChildVisitResult first_child(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	if (!clang_isExpression(clang_getCursorKind(c)))
		return CXChildVisit_Continue;
	*(CXCursor *)data = c;
	return CXChildVisit_Break;
}

static bool to_void(CXType t)
{
	return clang_getPointeeType(clang_getCanonicalType(t)).kind == CXType_Void;
}

static CXType target_of(CXType pointer)
{
	CXType t = clang_getPointeeType(pointer);

	return t.kind == CXType_Invalid ? clang_getPointeeType(clang_getCanonicalType(pointer)) : t;
}

/* What an argument points to, below the conversions to 'void *': an array, or a pointer's target. */
static CXType pointee_of(CXCursor arg)
{
	CXType t;

	for (;;) {
		enum CXCursorKind kind = clang_getCursorKind(arg);
		CXCursor child = clang_getNullCursor();

		if (kind != CXCursor_UnexposedExpr && kind != CXCursor_ParenExpr &&
		    !(kind == CXCursor_CStyleCastExpr && to_void(clang_getCursorType(arg))))
			break;
		clang_visitChildren(arg, first_child, &child);
		if (clang_Cursor_isNull(child))
			break;
		arg = child;
	}
	t = clang_getCursorType(arg);
	return clang_getCanonicalType(t).kind == CXType_ConstantArray ? t : target_of(t);
}

struct map_search {
	const struct legacy_state *st;
	size_t map;
};

static enum CXChildVisitResult find_map(CXCursor c, CXCursor parent, CXClientData data)
{
	struct map_search *m = data;

	(void)parent;
	if (clang_getCursorKind(c) != CXCursor_DeclRefExpr)
		return CXChildVisit_Recurse;
	for (size_t i = 0; i < m->st->defs.n; i++)
		if (clang_equalCursors(clang_getCanonicalCursor(clang_getCursorReferenced(c)),
				       clang_getCanonicalCursor(m->st->defs.v[i].decl)))
			m->map = i;
	return m->map == SIZE_MAX ? CXChildVisit_Recurse : CXChildVisit_Break;
}

/* The variable that a lookup's result goes to, or the type that it is cast to. */
static void add_result(const struct walk *w, size_t map)
{
	struct legacy_state *st = w->st;

	for (size_t i = w->stack.n; i-- > 0;) {
		CXType t = clang_getCursorType(w->stack.v[i]);

		switch ((int)clang_getCursorKind(w->stack.v[i])) {
		case CXCursor_UnexposedExpr:
		case CXCursor_ParenExpr:
			continue;
		case CXCursor_CStyleCastExpr:
			if (to_void(t))
				continue;
			break;
		case CXCursor_VarDecl:
			break;
		case CXCursor_BinaryOperator:
			if (clang_getCursorBinaryOperatorKind(w->stack.v[i]) != CXBinaryOperator_Assign)
				return;
			break;
		default:
			return;
		}
		add_type(st, map, &st->values.v[map], target_of(t), st->l->maps.v[map].value_size);
		return;
	}
}

static void read_call(const struct walk *w, CXCursor call)
{
	CXCursor callee = clang_getCursorReferenced(call);
	struct map_search m = { .st = w->st, .map = SIZE_MAX };
	const struct bg_legacy_map *map;
	CXCursor first;
	long id;

	if (clang_getCursorKind(callee) != CXCursor_VarDecl || clang_Cursor_getNumArguments(call) < 2)
		return;
	id = facts_helper_id(callee);
	first = clang_Cursor_getArgument(call, 0);
	if (id != LOOKUP && id != UPDATE && id != DELETE)
		return;
	if (find_map(first, first, &m) == CXChildVisit_Recurse)
		clang_visitChildren(first, find_map, &m);
	if (m.map == SIZE_MAX)
		return;
	map = &w->st->l->maps.v[m.map];
	add_type(w->st, m.map, &w->st->keys.v[m.map], pointee_of(clang_Cursor_getArgument(call, 1)), map->key_size);
	if (id == LOOKUP)
		add_result(w, m.map);
	else if (id == UPDATE && clang_Cursor_getNumArguments(call) > 2)
		add_type(w->st, m.map, &w->st->values.v[m.map], pointee_of(clang_Cursor_getArgument(call, 2)),
			 map->value_size);
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data)
{
	struct walk *w = data;

	(void)parent;
	if (clang_getCursorKind(c) == CXCursor_CallExpr)
		read_call(w, c);
	bg_vec_push(&w->stack, c);
	clang_visitChildren(c, visit, w);
	w->stack.n--;
	return CXChildVisit_Continue;
}

static enum CXChildVisitResult visit_function(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	if (clang_getCursorKind(c) == CXCursor_FunctionDecl && clang_isCursorDefinition(c))
		visit(c, c, data);
	return CXChildVisit_Continue;
}

/* T of 'sizeof(T)', when that is all of the value. Caller frees; NULL if it is not. */
static char *sizeof_argument(const struct legacy_state *st, const struct legacy_member *m)
{
	const char *text = st->s.f->text.s, *p = text + m->value, *end = text + m->value_end;
	const char *open = p + strlen("sizeof");
	int depth = 0;

	if (!m->value_end || !bg_starts(p, "sizeof"))
		return NULL;
	open += strspn(open, " \t");
	if (open >= end || *open != '(')
		return NULL;
	for (p = open; p < end; p++) {
		depth += (*p == '(') - (*p == ')');
		if (depth == 0)
			return p + 1 == end ? bg_strndup(open + 1, (size_t)(p - open) - 1) : NULL;
	}
	return NULL;
}

static enum CXVisitorResult read_annotation(CXCursor field, CXClientData data)
{
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(field));

	((CXType *)data)[strcmp(name, "key") != 0] = clang_getCursorType(field);
	return CXVisit_Continue;
}

/* BPF_ANNOTATE_KV_PAIR() declares struct ____btf_map_NAME with the members key and value. */
static char *annotated(const struct legacy_state *st, size_t map, bool value, long long size)
{
	BG_CLEANUP(bg_freep) char *wanted = bg_printf("____btf_map_%s", st->l->maps.v[map].name);

	for (size_t i = 0; i < st->annotations.n; i++) {
		BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(st->annotations.v[i]));
		CXType types[2] = { { .kind = CXType_Invalid }, { .kind = CXType_Invalid } };

		if (strcmp(name, wanted) != 0)
			continue;
		clang_Type_visitFields(clang_getCursorType(st->annotations.v[i]), read_annotation, types);
		if (types[value].kind != CXType_Invalid && clang_Type_getSizeOf(types[value]) == size &&
		    nameable(st, types[value], st->defs.v[map].off))
			return facts_string(clang_getTypeSpelling(types[value]));
	}
	return NULL;
}

static char *choose(const struct legacy_state *st, size_t map, bool value)
{
	const struct bg_legacy_map *m = &st->l->maps.v[map];
	const struct legacy_member *size = legacy_member(&st->defs.v[map], value ? "value_size" : "key_size");
	const struct legacy_types *uses = value ? &st->values.v[map] : &st->keys.v[map];
	char *type;

	if (is_special(m->type) || !size || !size->number)
		return NULL;
	type = annotated(st, map, value, size->number);
	if (!type)
		type = sizeof_argument(st, size);
	return !type && !uses->conflict ? bg_strdup(uses->spelled) : type;
}

void legacy_find_types(struct legacy_state *st)
{
	struct walk w = { .st = st };

	for (size_t i = 0; i < st->defs.n; i++) {
		bg_vec_push(&st->keys, (struct legacy_types){ 0 });
		bg_vec_push(&st->values, (struct legacy_types){ 0 });
	}
	clang_visitChildren(clang_getTranslationUnitCursor(st->s.tu), visit_function, &w);
	bg_vec_done(&w.stack);
	for (size_t i = 0; i < st->defs.n; i++) {
		st->l->maps.v[i].key = choose(st, i, false);
		st->l->maps.v[i].value = choose(st, i, true);
	}
}
