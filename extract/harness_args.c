// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/harness_args.h"

#include <strings.h>

#include "core/compile.h"
#include "core/libclang.h"
#include "extract/flat.h"

/*
 * A pointer of which nobody says how far it goes (void *, or a number's that is not only read as *p) gets this many
 * bytes.
 */
#define ROOM 64

/* What the body does with a parameter: names it otherwise than as *p; compares it to the packet's end. */
struct use { bool beyond, packet; };

struct reader {
	const char *function, *context;
	CXCursor def;                   /* of the function */
	bool found;
	struct bg_args *args;
	BG_VEC(struct use) uses;        /* of each parameter */
	bool has_end;                   /* one of the parameters is the packet's end */
	char **why;
};

static CXType pointee_of(CXType t)
{
	return clang_getCanonicalType(clang_getPointeeType(clang_getCanonicalType(t)));
}

static bool is_byte(CXType canonical)
{
	switch (canonical.kind) {
	case CXType_Void: case CXType_Char_U: case CXType_UChar: case CXType_Char_S: case CXType_SChar:
		return true;
	default:
		return false;
	}
}

static bool is_number(CXType canonical)
{
	return (canonical.kind >= CXType_Bool && canonical.kind <= CXType_Int128) || canonical.kind == CXType_Enum;
}

static bool is_context(const struct reader *r, CXType canonical)
{
	BG_CLEANUP(bg_freep) char *name = bg_cx_str(clang_getCursorSpelling(clang_getTypeDeclaration(canonical)));

	return canonical.kind == CXType_Record && bg_streq(name, r->context);
}

static bool named_end(const char *name)
{
	return strcasestr(name, "end") != NULL;
}

static bool named_data(const char *name)
{
	static const char *const parts[] = { "data",	"pkt",	"packet", "pos",   "cursor", "cur",
					     "payload", "head", "begin",  "start", "trans" };

	for (size_t i = 0; i < BG_ARRAY_SIZE(parts); i++)
		if (strcasestr(name, parts[i]))
			return true;
	return false;
}

/* What a pointer of this type and name stands for; NONE: memory of the caller's. */
static enum bg_fill fill_of(const struct reader *r, CXType pointer, const char *name)
{
	CXType to = pointee_of(pointer);

	if (is_context(r, to))
		return BG_FILL_CONTEXT;
	if (!is_byte(to))
		return BG_FILL_NONE;
	if (named_end(name))
		return BG_FILL_END;
	return named_data(name) ? BG_FILL_DATA : BG_FILL_NONE;
}

/* --- what the body does with its parameters */

static int param_number(const struct reader *r, CXCursor declaration)
{
	for (int i = 0; i < clang_Cursor_getNumArguments(r->def); i++)
		if (clang_equalCursors(clang_Cursor_getArgument(r->def, (unsigned)i), declaration))
			return i;
	return -1;
}

struct names { const struct reader *r; bool end; uint64_t params; };

static enum CXChildVisitResult note_names(CXCursor c, CXCursor parent, CXClientData data)
{
	struct names *n = data;

	enum CXCursorKind k = clang_getCursorKind(c);

	(void)parent;
	if (k == CXCursor_DeclRefExpr || k == CXCursor_MemberRefExpr) {
		BG_CLEANUP(bg_freep) char *name = bg_cx_str(clang_getCursorSpelling(c));
		int i = param_number(n->r, clang_getCursorReferenced(c));

		if (named_end(name))
			n->end = true;
		else if (i >= 0 && i < 64)
			n->params |= UINT64_C(1) << i;
	}
	return k == CXCursor_MemberRefExpr ? CXChildVisit_Continue : CXChildVisit_Recurse; /* p->pos is not p */
}

/* p + 1 > data_end: p points into the packet. */
static void note_comparison(struct reader *r, CXCursor c)
{
	struct names n = { .r = r };

	switch (clang_getCursorBinaryOperatorKind(c)) {
	case CXBinaryOperator_LT: case CXBinaryOperator_GT: case CXBinaryOperator_LE: case CXBinaryOperator_GE:
		clang_visitChildren(c, note_names, &n);
		break;
	default:
		return;
	}
	for (size_t i = 0; n.end && i < r->uses.n && i < 64; i++)
		if (n.params & UINT64_C(1) << i)
			r->uses.v[i].packet = true;
}

static enum CXChildVisitResult take_first(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	*(CXCursor *)data = c;
	return CXChildVisit_Break;
}

/* '*p' of a parameter, implicit casts and parentheses between. */
static bool is_plain_read(const struct reader *r, CXCursor c)
{
	if (clang_getCursorKind(c) != CXCursor_UnaryOperator ||
	    clang_getCursorUnaryOperatorKind(c) != CXUnaryOperator_Deref)
		return false;
	do {
		CXCursor child = clang_getNullCursor();

		clang_visitChildren(c, take_first, &child);
		c = child;
	} while (clang_getCursorKind(c) == CXCursor_UnexposedExpr || clang_getCursorKind(c) == CXCursor_ParenExpr);
	return clang_getCursorKind(c) == CXCursor_DeclRefExpr && param_number(r, clang_getCursorReferenced(c)) >= 0;
}

static enum CXChildVisitResult note_use(CXCursor c, CXCursor parent, CXClientData data)
{
	struct reader *r = data;
	int i;

	(void)parent;
	if (is_plain_read(r, c))
		return CXChildVisit_Continue;
	if (clang_getCursorKind(c) == CXCursor_BinaryOperator)
		note_comparison(r, c);
	if (clang_getCursorKind(c) != CXCursor_DeclRefExpr)
		return CXChildVisit_Recurse;
	i = param_number(r, clang_getCursorReferenced(c));
	if (i >= 0)
		r->uses.v[i].beyond = true;
	return CXChildVisit_Recurse;
}

static void read_body(struct reader *r)
{
	for (int i = 0; i < clang_Cursor_getNumArguments(r->def); i++) {
		CXCursor p = clang_Cursor_getArgument(r->def, (unsigned)i);
		BG_CLEANUP(bg_freep) char *name = bg_cx_str(clang_getCursorSpelling(p));

		bg_vec_push(&r->uses, (struct use){ 0 });
		r->has_end = r->has_end || (named_end(name) && is_byte(pointee_of(clang_getCursorType(p))));
	}
	clang_visitChildren(r->def, note_use, r);
}

/* --- parameters */

struct fields { const struct reader *r; struct bg_arg *arg; };

static enum CXVisitorResult add_field(CXCursor c, CXClientData data)
{
	struct fields *f = data;
	CXType t = clang_getCanonicalType(clang_getCursorType(c));
	struct bg_arg_field field = { .name = bg_cx_str(clang_getCursorSpelling(c)) };

	if (t.kind == CXType_Pointer && field.name[0])
		field.fill = fill_of(f->r, t, field.name);
	if (field.fill == BG_FILL_NONE)
		free(field.name);
	else
		bg_vec_push(&f->arg->fields, field);
	return CXVisit_Continue;
}

/* A value of type t in memory: its spelling without qualifiers, its size, its pointers. */
static void add_value(const struct reader *r, CXType t, struct bg_arg *a)
{
	CXType canonical = clang_getCanonicalType(t);
	long long size = clang_Type_getSizeOf(canonical);
	struct fields f = { r, a };

	a->is_number = is_number(canonical);
	a->is_const = clang_isConstQualifiedType(canonical);
	/* unknown, or by name only: the function looks at it through others */
	if (canonical.kind == CXType_Void || size <= 0) {
		a->type = bg_strdup("unsigned char");
		a->size = 1;
		a->count = ROOM;
		a->is_number = true;
		return;
	}
	a->type = bg_cx_str(clang_getTypeSpelling(clang_getUnqualifiedType(t)));
	a->size = (size_t)size;
	a->count = 1;
	if (canonical.kind == CXType_Record)
		clang_Type_visitFields(canonical, add_field, &f);
}

static void add_pointer(const struct reader *r, CXType t, size_t i, struct bg_arg *a)
{
	CXType spelled = clang_getPointeeType(t), to;

	if (spelled.kind == CXType_Invalid)
		spelled = clang_getPointeeType(clang_getCanonicalType(t));
	to = clang_getCanonicalType(spelled);
	if (to.kind == CXType_Pointer) {
		a->kind = BG_ARG_SLOT;
		a->type = bg_cx_str(clang_getTypeSpelling(clang_getUnqualifiedType(spelled)));
		a->count = 1;
		a->is_const = clang_isConstQualifiedType(to);
		a->fill = fill_of(r, to, a->name);
		if (a->fill == BG_FILL_NONE && to.kind == CXType_Pointer && pointee_of(to).kind == CXType_Void)
			a->fill = BG_FILL_DATA;
		return;
	}
	a->fill = fill_of(r, t, a->name);
	if (a->fill == BG_FILL_NONE && (r->uses.v[i].packet || (r->has_end && to.kind == CXType_Void)))
		a->fill = BG_FILL_DATA;
	if (a->fill != BG_FILL_NONE) {
		a->kind = BG_ARG_FILL;
		return;
	}
	a->kind = BG_ARG_OBJECT;
	add_value(r, spelled, a);
	if (a->is_number && r->uses.v[i].beyond && a->size * a->count < ROOM)
		a->count = ROOM / a->size;
}

/* 'T x[n]': libclang gives parameters the type that was written. */
static void add_array(const struct reader *r, CXType t, struct bg_arg *a)
{
	bool is_plain = t.kind == CXType_ConstantArray || t.kind == CXType_IncompleteArray; /* not by a typedef */
	CXType element = clang_getArrayElementType(is_plain ? t : clang_getCanonicalType(t));
	long long n = clang_getArraySize(clang_getCanonicalType(t));

	a->kind = BG_ARG_OBJECT;
	add_value(r, element, a);
	if (n > 1)
		a->count = (size_t)n;
	else if (a->is_number)
		a->count = ROOM / a->size;
}

static bool add_param(struct reader *r, size_t i)
{
	CXCursor p = clang_Cursor_getArgument(r->def, (unsigned)i);
	CXType t = clang_getCursorType(p), canonical = clang_getCanonicalType(t);
	enum CXTypeKind to = pointee_of(t).kind;
	struct bg_arg a = { .name = bg_cx_str(clang_getCursorSpelling(p)) };
	bool ok = true;

	if (!a.name[0]) {
		free(a.name);
		a.name = bg_printf("arg%zu", i + 1);
	}
	if (canonical.kind == CXType_Pointer && (to == CXType_FunctionProto || to == CXType_FunctionNoProto)) {
		*r->why = bg_printf("parameter '%s' is a pointer to a function", a.name);
		ok = false;
	} else if (canonical.kind == CXType_Pointer) {
		add_pointer(r, t, i, &a);
	} else if (canonical.kind == CXType_ConstantArray || canonical.kind == CXType_IncompleteArray) {
		add_array(r, t, &a);
	} else if (is_number(canonical) || canonical.kind == CXType_Record) {
		a.kind = is_number(canonical) ? BG_ARG_SCALAR : BG_ARG_RECORD;
		add_value(r, t, &a);
	} else {
		*r->why = bg_printf("nothing is known to pass for parameter '%s'", a.name);
		ok = false;
	}
	bg_vec_push(&r->args->v, a);
	return ok;
}

static void read_result(struct reader *r)
{
	CXType t = clang_getCursorResultType(r->def), canonical = clang_getCanonicalType(t);

	r->args->result_type = bg_cx_str(clang_getTypeSpelling(clang_getUnqualifiedType(t)));
	if (canonical.kind == CXType_Pointer)
		r->args->result = BG_RESULT_POINTER;
	else if (canonical.kind == CXType_Record)
		r->args->result = BG_RESULT_RECORD;
	else
		r->args->result = is_number(canonical) ? BG_RESULT_NUMBER : BG_RESULT_NONE;
}

static enum CXChildVisitResult find(CXCursor c, CXCursor parent, CXClientData data)
{
	struct reader *r = data;
	enum CXCursorKind k = clang_getCursorKind(c);
	BG_CLEANUP(bg_freep) char *name = bg_cx_str(clang_getCursorSpelling(c));

	(void)parent;
	if (k == CXCursor_StructDecl && clang_isCursorDefinition(c) && bg_streq(name, r->context))
		r->args->knows_context = true;
	if (k == CXCursor_FunctionDecl && clang_isCursorDefinition(c) && bg_streq(name, r->function)) {
		r->def = c;
		r->found = true;
	}
	return CXChildVisit_Continue;
}

static int read_function(struct reader *r)
{
	if (clang_Cursor_isVariadic(r->def)) {
		*r->why = bg_strdup("it takes a variable number of arguments");
		return -ENOTSUP;
	}
	read_body(r);
	read_result(r);
	for (size_t i = 0; i < r->uses.n; i++)
		if (!add_param(r, i))
			return -ENOTSUP;
	return 0;
}

int bg_args_read(const char *unit, const struct bg_strv *flags, const char *function, const char *context,
		 struct bg_diags *ds, struct bg_args *ret, char **ret_why)
{
	struct reader r = { .function = function, .context = context, .args = ret, .why = ret_why };
	CXIndex index;
	CXTranslationUnit tu = NULL;
	struct bg_strv args = { 0 };
	int err = -EINVAL;

	*ret = (struct bg_args){ 0 };
	if (bg_libclang_load(ds))
		return -ENOSYS;
	index = clang_createIndex(0, 0);
	bg_parse_flags(&args, flags);
	if (clang_parseTranslationUnit2(index, unit, (const char *const *)args.v, (int)args.n, NULL, 0,
					CXTranslationUnit_None, &tu) == CXError_Success) {
		clang_visitChildren(clang_getTranslationUnitCursor(tu), find, &r);
		if (r.found)
			err = read_function(&r);
	}
	bg_vec_done(&r.uses);
	bg_strv_done(&args);
	if (tu)
		clang_disposeTranslationUnit(tu);
	clang_disposeIndex(index);
	return err;
}

void bg_args_done(struct bg_args *a)
{
	for (size_t i = 0; i < a->v.n; i++) {
		struct bg_arg *p = &a->v.v[i];

		for (size_t k = 0; k < p->fields.n; k++)
			free(p->fields.v[k].name);
		bg_vec_done(&p->fields);
		free(p->name);
		free(p->type);
	}
	bg_vec_done(&a->v);
	free(a->result_type);
	*a = (struct bg_args){ 0 };
}
