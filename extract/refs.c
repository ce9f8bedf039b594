// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a declaration refers to, read from libclang's cursors. The rules that are not obvious:
 * - A struct is needed *complete* only where its layout matters: fields, objects, sizeof, pointer arithmetic, map keys
 * and values, and what the kernel reads in BTF (parameters of global functions and kfuncs). Elsewhere its name does.
 * That turns the 16,000 declarations of a vmlinux.h into a few dozen.
 * - A function or variable needs its definition, the declaration visible at the use when the definition comes later,
 * and every redeclaration that carries attributes (they are inherited).
 * - Names in attributes (cleanup, alias) and in inline assembly are references that cursors do not show.
 */
#include "extract/walk.h"

/* Once, and once more for the first that says more: closure.c asks for BTF and kptrs, pieces.c for fields. */
static unsigned says(enum bg_ref_how how)
{
	return how == BG_REF_BTF ? 0 : how == BG_REF_FIELD ? 3 : how == BG_REF_KPTR ? 2 : 1;
}

static void refer_item(struct walk *w, uint32_t to, enum bg_ref_how how)
{
	struct scan *s = w->s;

	if (s->item_stamp.v[to] >= s->stamp + says(how))
		return;
	s->item_stamp.v[to] = s->stamp + says(how);
	if (w->item >= 0) {
		struct bg_f_ref r = { (uint32_t)w->item, to, how };

		if (to == (uint32_t)w->item)
			return;
		bg_vec_push(&s->f->refs, r);
	} else {
		struct bg_f_sysneed n = { (uint32_t)w->top, BG_NEED_ITEM, to };

		bg_vec_push(&s->f->sysneeds, n);
	}
	scan_queue_item(s, to);
}

/* Whether the system header from reads the file of another one by its own #include lines, guards notwithstanding. */
static bool includes_itself(const struct bg_tu *f, uint32_t from, uint32_t file)
{
	const struct bg_f_inc *t = &f->incs.v[from];
	BG_CLEANUP(bg_freep) char *base = bg_printf("/%s", bg_basename(f->files.v[file].path));

	for (size_t i = 0; i < f->incs.n; i++)
		if (f->incs.v[i].top == (int32_t)from && f->incs.v[i].file == file)
			return true;
	/* An inclusion that a guard left empty has no number of its own; its line stands in the text. */
	for (const char *p = f->text + t->s, *end = f->text + t->e; p && p < end;
	     p = memchr(p, '\n', (size_t)(end - p)), p = p ? p + 1 : p) {
		const char *q = p, *nl;

		while (*q == ' ' || *q == '\t')
			q++;
		if (*q++ != '#')
			continue;
		while (*q == ' ' || *q == '\t')
			q++;
		if (!bg_starts(q, "include"))
			continue;
		q = strpbrk(q, "<\"\n");
		nl = q ? strpbrk(q + 1, ">\"\n") : NULL;
		if (!nl || *q == '\n')
			continue;
		BG_CLEANUP(bg_freep) char *name = bg_printf("/%.*s", (int)(nl - q - 1), q + 1);

		if (bg_ends(f->files.v[file].path, name))
			return true;
	}
	return false;
}

static void refer_top(struct walk *w, uint32_t off)
{
	struct scan *s = w->s;
	const struct bg_f_inc *inc = bg_tu_inc_at(s->f, off);
	int32_t top = inc ? inc->top : -1;

	if (top < 0 || s->top_stamp.v[top] == s->stamp || top == w->top)
		return;
	s->top_stamp.v[top] = s->stamp;
	if (w->item >= 0) {
		struct bg_f_sysref r = { (uint32_t)w->item, (uint32_t)top };

		bg_vec_push(&s->f->sysrefs, r);
	} else {
		struct bg_f_sysneed n = { (uint32_t)w->top, BG_NEED_TOP, (uint32_t)top };

		if (includes_itself(s->f, (uint32_t)w->top, inc->file))
			return;
		bg_vec_push(&s->f->sysneeds, n);
	}
	scan_queue_top(s, (uint32_t)top);
}

static void refer_off(struct walk *w, uint32_t off, enum bg_ref_how how)
{
	int32_t item = bg_tu_item_at(w->s->f, off);

	if (item >= 0)
		refer_item(w, (uint32_t)item, how);
	else
		refer_top(w, off);
}

/* Where a declaration stands. In a template header that is included twice, only its top-level cursor's order tells. */
static uint32_t place_of(struct scan *s, CXCursor c)
{
	CXSourceLocation l = clang_getCursorLocation(c);

	if (!bg_flat_ambiguous(&s->fl, l))
		return bg_flat_off(&s->fl, l, 0);
	for (unsigned i = 0; i < 32; i++) {
		CXCursor parent = clang_getCursorSemanticParent(c);

		if (clang_Cursor_isNull(parent) || clang_getCursorKind(parent) == CXCursor_TranslationUnit)
			break;
		c = parent;
	}
	for (size_t i = 0; i < s->cursors.n; i++)
		if (clang_equalCursors(s->cursors.v[i].c, c))
			return s->cursors.v[i].s;
	return bg_flat_off(&s->fl, l, 0);
}

static void refer(struct walk *w, CXCursor to, enum bg_ref_how how)
{
	uint32_t off;

	if (clang_Cursor_isNull(to))
		return;
	off = place_of(w->s, to);
	if (off != UINT32_MAX)
		refer_off(w, off, how);
}

static CXType stripped(CXType t)
{
	t = clang_getCanonicalType(t);
	while (t.kind == CXType_ConstantArray || t.kind == CXType_IncompleteArray || t.kind == CXType_VariableArray)
		t = clang_getCanonicalType(clang_getArrayElementType(t));
	return t;
}

/* The definition of a tag; null: there is none, or it was blanked, which must not go unnoticed. */
static CXCursor tag_definition(struct scan *s, CXCursor tag)
{
	CXCursor def = clang_getCursorDefinition(tag);

	if (s->fl.blank && clang_Cursor_isNull(def)) {
		BG_CLEANUP(bg_freep) char *name = bg_cx_str(clang_getCursorSpelling(tag));

		s->missed |= bg_blank_missed(s->fl.blank, name);
	}
	return def;
}

static void refer_complete(struct walk *w, CXType t)
{
	t = stripped(t);
	if (t.kind == CXType_Record || t.kind == CXType_Enum)
		refer(w, tag_definition(w->s, clang_getTypeDeclaration(t)), BG_REF_COMPLETE);
}

static bool pointee(CXType t, CXType *ret)
{
	t = clang_getCanonicalType(t);
	if (t.kind != CXType_Pointer)
		return false;
	*ret = clang_getPointeeType(t);
	return true;
}

/* In a vmlinux.h, or in a copy of the kernel's header that defines the contexts of programs. */
static bool is_kernels(const struct bg_tu *f, uint32_t off)
{
	const struct bg_f_inc *inc = bg_tu_inc_at(f, off);
	const char *name = inc ? bg_basename(f->files.v[inc->file].path) : "";

	return strcmp(name, "vmlinux.h") == 0 || strcmp(name, "bpf.h") == 0;
}

/*
 * A type of which the kernel, libbpf or sizeof ask the name, kind and size. Of the kernel's own types nothing else is
 * needed; those of the program stay as its reader expects them, and the kernel may look for members in them: locks,
 * nodes.
 */
static void refer_btf(struct walk *w, CXType t, enum bg_ref_how how)
{
	long long size = clang_Type_getSizeOf(stripped(t)), align = clang_Type_getAlignOf(stripped(t));
	CXCursor def = tag_definition(w->s, clang_getTypeDeclaration(stripped(t)));
	uint32_t off = clang_Cursor_isNull(def) ? UINT32_MAX : place_of(w->s, def);
	int32_t item = off == UINT32_MAX ? -1 : bg_tu_item_at(w->s->f, off);

	if (stripped(t).kind != CXType_Record || item < 0 || !is_kernels(w->s->f, off) || size <= 0 ||
	    size > INT32_MAX || align <= 0) {
		refer(w, def, how == BG_REF_KPTR ? how : BG_REF_COMPLETE);
		return;
	}
	w->s->f->items.v[item].size = (uint32_t)size;
	w->s->f->items.v[item].align = (uint32_t)align;
	refer_item(w, (uint32_t)item, how);
}

static void refer_complete_pointee(struct walk *w, CXType t)
{
	CXType p;

	if (pointee(t, &p))
		refer_complete(w, p);
}

/*
 * libbpf follows all pointers of a kernel function's prototype, and a declaration is not the kernel's structure to it.
 */
static void refer_btf_behind(struct walk *w, CXType t)
{
	CXType p;

	while (pointee(t, &p))
		t = p;
	refer_btf(w, t, BG_REF_BTF);
}

struct map_fields { struct walk *w; unsigned depth; };

static void map_type(struct walk *w, CXType t, unsigned depth);

static enum CXVisitorResult map_field(CXCursor field, CXClientData data)
{
	struct map_fields *mf = data;
	BG_CLEANUP(bg_freep) char *name = bg_cx_str(clang_getCursorSpelling(field));
	CXType p;

	if (!pointee(stripped(clang_getCursorType(field)), &p))
		return CXVisit_Continue;
	refer_complete(mf->w, p);
	if (stripped(p).kind == CXType_Record && bg_streq(name, "values"))
		map_type(mf->w, p, mf->depth + 1);
	return CXVisit_Continue;
}

/*
 * Keys and values of a BTF-defined map are pointees: libbpf reads their sizes from BTF, and an incomplete one loads
 * wrong.
 */
static void map_type(struct walk *w, CXType t, unsigned depth)
{
	struct map_fields mf = { w, depth };

	t = stripped(t);
	if (depth > 4 || t.kind != CXType_Record)
		return;
	refer_complete(w, t);
	clang_Type_visitFields(t, map_field, &mf);
}

/* The definition of d; of a variable 'int x;' is one, too, which libclang does not say. Null: there is none. */
static CXCursor definition(struct scan *s, CXCursor d, const struct scan_redecl *first)
{
	CXCursor def = clang_getCursorDefinition(d);

	if (clang_getCursorKind(d) != CXCursor_VarDecl)
		return def;
	for (const struct scan_redecl *r = first; r && clang_Cursor_isNull(def); r = scan_redecl_next(s, r))
		if (clang_Cursor_getStorageClass(r->c) != CX_SC_Extern)
			def = r->c;
	return def;
}

uint32_t walk_use(struct walk *w)
{
	uint32_t off;

	if (!w->use_known) {
		off = bg_flat_off(&w->s->fl, clang_getCursorLocation(w->at), 0);
		if (off != UINT32_MAX) /* else in no file: where the last one was */
			w->use = off;
		w->use_known = true;
	}
	return w->use;
}

/* Every declaration of the linked name d that its use here needs. */
static void refer_linked(struct walk *w, CXCursor d, enum bg_ref_how how)
{
	struct scan *s = w->s;
	const struct scan_redecl *r = scan_redecls(s, clang_getCanonicalCursor(d)), *seen = NULL;
	bool has_def;
	uint32_t def_off;
	CXCursor def;

	if (!r) /* local to the function at hand, or a builtin, which clang declares where it is used first */
		return;
	def = definition(s, d, r);
	has_def = !clang_Cursor_isNull(def);
	def_off = has_def ? place_of(s, def) : UINT32_MAX;
	if (has_def)
		refer(w, def, how);
	for (; r; r = scan_redecl_next(s, r)) {
		bool is_def = has_def && clang_equalCursors(r->c, def);

		if (!is_def && r->off <= walk_use(w) && !seen)
			seen = r;
		if (!is_def && r->item >= 0 && r->item != w->item && scan_has_attr(r->c))
			refer_item(w, (uint32_t)r->item, BG_REF_REDECL);
	}
	if (!has_def || def_off > walk_use(w)) {
		if (seen)
			refer(w, seen->c, BG_REF_REDECL);
		else if (!has_def)
			refer(w, d, how);
	}
}

static void refer_name(struct walk *w, const char *name)
{
	for (size_t i = 0; i < w->s->redecls.n; i++) {
		const struct scan_redecl *r = &w->s->redecls.v[i];

		if (r->decl >= 0 && bg_streq(w->s->f->decls.v[r->decl].name, name)) {
			refer_linked(w, r->c, BG_REF_NAME);
			return;
		}
	}
}

/* pretty: the declaration, by scan_pretty() */
static void refer_attributes(struct walk *w, const char *pretty)
{
	static const char *const attrs[] = { "cleanup", "alias" };

	for (size_t i = 0; i < BG_ARRAY_SIZE(attrs); i++) {
		BG_CLEANUP(bg_freep) char *arg = scan_attr_arg(pretty, attrs[i]);

		if (arg)
			refer_name(w, arg);
	}
}

/* The definition of a struct of that name at file scope; null: there is none, or it was blanked, as above. */
static CXCursor struct_named(struct scan *s, const char *name)
{
	for (size_t i = 0; i < s->cursors.n; i++) {
		CXCursor c = s->cursors.v[i].c;
		BG_CLEANUP(bg_freep) char *own = NULL;

		if (clang_getCursorKind(c) != CXCursor_StructDecl || !clang_isCursorDefinition(c))
			continue;
		own = bg_cx_str(clang_getCursorSpelling(c));
		if (strcmp(own, name) == 0)
			return c;
	}
	if (s->fl.blank)
		s->missed |= bg_blank_missed(s->fl.blank, name);
	return clang_getNullCursor();
}

/*
 * btf_decl_tag("contains:STRUCT:MEMBER") on the head of a list or tree says what its nodes are embedded in. The kernel
 * looks for that struct in the program's BTF by its name (kernel/bpf/btf.c, btf_find_graph_root()).
 */
static void refer_contained(struct walk *w, const char *pretty)
{
	static const char tag[] = "btf_decl_tag(\"contains:";

	for (const char *p = pretty; (p = strstr(p, tag));) {
		BG_CLEANUP(bg_freep) char *name = NULL;

		p += strlen(tag);
		name = bg_strndup(p, strcspn(p, ":\""));
		refer(w, struct_named(w->s, name), BG_REF_NAME);
	}
}

/* Identifiers in the strings of inline assembly may be symbols ("call helper"). */
static void refer_asm(struct walk *w, uint32_t b, uint32_t e)
{
	const struct bg_lexed *lx = &w->s->lx;
	const char *text = w->s->f->text;
	BG_CLEANUP(bg_strv_done) struct bg_strv names = { 0 };
	bool is_asm = false;

	for (size_t i = bg_tok_at(lx, b); i < lx->toks.n && lx->toks.v[i].s < e; i++) {
		const struct bg_tok *t = &lx->toks.v[i];
		size_t n = t->e - t->s;

		if (t->kind == BG_TOK_IDENT &&
		    ((n == 3 && !memcmp(text + t->s, "asm", 3)) || (n == 7 && !memcmp(text + t->s, "__asm__", 7))))
			is_asm = true;
		if (!is_asm || t->kind != BG_TOK_STRING || text[t->s] != '"')
			continue;
		bg_lex_symbols(text + t->s + 1, t->e - t->s - 1, &names);
	}
	for (size_t i = 0; i < names.n; i++)
		refer_name(w, names.v[i]);
}

static void tag_by_name(struct walk *w, CXCursor tag)
{
	struct bg_tu *f = w->s->f;
	BG_CLEANUP(bg_freep) char *name = bg_cx_str(clang_getCursorSpelling(tag));
	CXCursor def = clang_getCursorDefinition(tag);
	struct bg_f_tag t = { (uint32_t)w->item, NULL };
	const struct bg_f_inc *inc;
	uint32_t off = bg_flat_off(&w->s->fl, clang_getCursorLocation(clang_Cursor_isNull(def) ? tag : def), 0);

	if (w->item < 0) /* a system header declares what it names; bpf_helpers.h's 'struct tcphdr;' does not need the
			    header that defines it */
		return;
	inc = off == UINT32_MAX ? NULL : bg_tu_inc_at(f, off);
	if (inc && inc->top >= 0 && clang_Cursor_isNull(def) && w->s->fl.blank && bg_blank_has(w->s->fl.blank, name))
		inc = NULL; /* its definition is there, and not in a system header */
	if (inc && inc->top >= 0) { /* its header is small beside the risk that something of it is missing */
		refer_top(w, off);
		return;
	}
	if (!clang_Cursor_isNull(def) && off != UINT32_MAX &&
	    bg_tu_item_at(f, off) == w->item) /* of a block, or this item's own */
		return;
	if (!*name || strchr(name, '('))
		return;
	t.tag = bg_printf("%s %s", clang_getCursorKind(tag) == CXCursor_UnionDecl ? "union" : "struct", name);
	for (size_t i = f->tag_names.n; i-- > 0 && f->tag_names.v[i].item == t.item;)
		if (bg_streq(f->tag_names.v[i].tag, t.tag)) {
			free(t.tag);
			return;
		}
	bg_vec_push(&f->tag_names, t);
}

static void type_ref(struct walk *w, CXCursor c, CXCursor parent)
{
	CXCursor r = clang_getCursorReferenced(c), def;
	enum CXCursorKind k = clang_getCursorKind(r), pk = clang_getCursorKind(parent);

	if (k == CXCursor_TypedefDecl) {
		refer(w, r, BG_REF_TYPE);
		return;
	}
	if (k == CXCursor_EnumDecl) {
		def = tag_definition(w->s, r);
		refer(w, clang_Cursor_isNull(def) ? r : def, BG_REF_TYPE);
		return;
	}
	if (pk == CXCursor_UnaryExpr)
		refer_btf(w, clang_getCursorType(r), BG_REF_BTF); /* sizeof */
	else if (pk == CXCursor_CompoundLiteralExpr || pk == CXCursor_UnexposedExpr)
		refer_complete(w, clang_getCursorType(r)); /* offsetof, typeof, literals */
	tag_by_name(w, r);
}

static void add_call(struct walk *w, CXCursor callee, enum bg_ref_how how)
{
	struct bg_tu *f = w->s->f;
	int32_t to = walk_decl_of(w->s, callee);
	struct bg_f_call c = { (uint32_t)w->function, (uint32_t)to, walk_use(w), how };

	if (w->function < 0 || to < 0)
		return;
	for (size_t i = f->calls.n; i-- > 0 && f->calls.v[i].caller == c.caller;)
		if (f->calls.v[i].callee == c.callee)
			return;
	bg_vec_push(&f->calls, c);
}

/* --- the walk */

static void define_tag(struct walk *w, CXCursor c, enum CXCursorKind k)
{
	BG_CLEANUP(bg_freep) char *name = bg_cx_str(clang_getCursorSpelling(c));
	struct bg_f_tag t = { (uint32_t)w->item, NULL };

	if (!*name || strchr(name, '('))
		return;
	t.tag = bg_printf("%s %s", k == CXCursor_UnionDecl ? "union" : "struct", name);
	bg_vec_push(&w->s->f->tag_defs, t);
}

static void expression(struct walk *w, CXCursor c, enum CXCursorKind k)
{
	CXType t = clang_getCursorType(c);
	bool pointers = k == CXCursor_CompoundAssignOperator || k == CXCursor_ArraySubscriptExpr;
	bool plain = t.kind == CXType_Pointer || (t.kind >= CXType_FirstBuiltin && t.kind <= CXType_LastBuiltin);
	struct walk_two ops = { .n = 0 };

	if (!plain && stripped(t).kind == CXType_Record)
		refer_complete(w, t);
	if (k == CXCursor_BinaryOperator) {
		enum CXBinaryOperatorKind op = clang_getCursorBinaryOperatorKind(c);

		pointers = op == CXBinaryOperator_Add || op == CXBinaryOperator_Sub;
		if (op == CXBinaryOperator_Assign)
			walk_assignment(w, c);
	} else if (k == CXCursor_CompoundAssignOperator) {
		walk_assignment(w, c);
	} else if (k == CXCursor_UnaryOperator) {
		enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(c);
		bool steps = op == CXUnaryOperator_PostInc || op == CXUnaryOperator_PostDec ||
			     op == CXUnaryOperator_PreInc || op == CXUnaryOperator_PreDec;

		pointers = steps || op == CXUnaryOperator_Deref;
		clang_visitChildren(c, walk_take_two, &ops);
		if (steps && ops.n && clang_getCursorKind(ops.c[0]) != CXCursor_DeclRefExpr)
			walk_through(w, ops.c[0], BG_ACCESS_WRITE);
	}
	if (!pointers)
		return;
	ops.n = 0;
	clang_visitChildren(c, walk_take_two, &ops);
	for (unsigned i = 0; i < ops.n && i < 2; i++)
		refer_complete_pointee(w, clang_getCursorType(ops.c[i]));
}

static void variable(struct walk *w, CXCursor c)
{
	CXCursor init = clang_Cursor_getVarDeclInitializer(c);

	if (clang_Cursor_getStorageClass(c) != CX_SC_Extern)
		refer_complete(w, clang_getCursorType(c));
	if (w->function >= 0 && !clang_Cursor_isNull(init))
		walk_lookup(w, c, init);
	if (scan_has_attr(c)) {
		BG_CLEANUP(bg_freep) char *pretty = scan_pretty(c), *section = scan_attr_arg(pretty, "section");

		if (bg_streq(section, ".maps"))
			map_type(w, clang_getCursorType(c), 0);
		refer_attributes(w, pretty);
		refer_contained(w, pretty);
	}
}

static void reference(struct walk *w, CXCursor c, enum CXCursorKind k)
{
	CXCursor r = clang_getCursorReferenced(c);
	enum CXCursorKind rk;

	if (clang_Cursor_isNull(r) || clang_equalCursors(r, c))
		return;
	rk = clang_getCursorKind(r);
	if (rk == CXCursor_FunctionDecl) {
		refer_linked(w, r, k == CXCursor_CallExpr ? BG_REF_CALL : BG_REF_ADDRESS);
		if (k == CXCursor_DeclRefExpr)
			add_call(w, r, BG_REF_ADDRESS);
	} else if (rk == CXCursor_VarDecl) {
		refer_linked(w, r, BG_REF_VARIABLE);
		walk_map_named(w, r);
	} else if (rk == CXCursor_EnumConstantDecl) {
		refer(w, r, BG_REF_ENUM);
	} else if (rk == CXCursor_FieldDecl) {
		/* else a designator, offsetof, sizeof */
		refer(w, r, k == CXCursor_MemberRefExpr && !w->unevaluated ? BG_REF_FIELD : BG_REF_COMPLETE);
	}
}

static bool is_type_tagged(CXType t)
{
	BG_CLEANUP(bg_freep) char *spelled = t.kind == CXType_Pointer ? bg_cx_str(clang_getTypeSpelling(t)) : NULL;

	return spelled && strstr(spelled, "btf_type_tag");
}

static enum CXChildVisitResult walk(CXCursor c, CXCursor parent, CXClientData data)
{
	struct walk *w = data;
	enum CXCursorKind k = clang_getCursorKind(c);
	CXType p;

	w->at = c;
	w->use_known = false;
	switch (k) {
	case CXCursor_StructDecl:
	case CXCursor_UnionDecl:
		if (w->tags)
			define_tag(w, c, k);
		break;
	case CXCursor_TypeRef:
		type_ref(w, c, parent);
		return CXChildVisit_Recurse;
	case CXCursor_CallExpr:
		if (clang_getCursorKind(clang_getCursorReferenced(c)) == CXCursor_FunctionDecl)
			add_call(w, clang_getCursorReferenced(c), BG_REF_CALL);
		walk_call(w, c);
		reference(w, c, k);
		break;
	case CXCursor_DeclRefExpr:
	case CXCursor_MemberRefExpr:
	case CXCursor_MemberRef:
	case CXCursor_UnexposedExpr:
		reference(w, c, k);
		break;
	case CXCursor_UnaryExpr:
		w->unevaluated++;
		clang_visitChildren(c, walk, w);
		w->unevaluated--;
		w->at = c;
		w->use_known = false;
		expression(w, c, k);
		return CXChildVisit_Continue;
	case CXCursor_VarDecl:
		variable(w, c);
		break;
	case CXCursor_UnexposedAttr:
		if (w->item >= 0 && clang_getCursorKind(parent) == CXCursor_FieldDecl) {
			BG_CLEANUP(bg_freep) char *pretty = scan_pretty(parent);

			refer_contained(w, pretty);
		}
		break;
	case CXCursor_FieldDecl:
		refer_complete(w, clang_getCursorType(c));
		/* The kernel looks for a kptr's struct by its BTF. */
		if (is_type_tagged(clang_getCursorType(c)) && pointee(clang_getCursorType(c), &p) &&
		    stripped(p).kind == CXType_Record)
			refer_btf(w, p, BG_REF_KPTR);
		break;
	case CXCursor_ParmDecl:
		if (clang_isCursorDefinition(parent))
			refer_complete(w, clang_getCursorType(c));
		break;
	default:
		break;
	}
	if (clang_isExpression(k))
		expression(w, c, k);
	return CXChildVisit_Recurse;
}

static void function(struct walk *w, CXCursor c)
{
	bool is_def = clang_isCursorDefinition(c), is_ksym = false;
	const struct scan_redecl *r = scan_redecls(w->s, clang_getCanonicalCursor(c));
	CXType t = clang_getCursorType(c), p;

	if (is_def)
		refer_complete(w, clang_getCursorResultType(c));
	if (w->item >= 0 && scan_has_attr(c)) { /* a system header's do not name what is upstream's */
		BG_CLEANUP(bg_freep) char *pretty = scan_pretty(c), *section = scan_attr_arg(pretty, "section");

		is_ksym = bg_streq(section, ".ksyms");
		refer_attributes(w, pretty);
	}
	/* The kernel verifies global functions by their parameters' BTF: a context by its name, memory by its size. */
	if (is_def && clang_getCursorLinkage(c) == CXLinkage_External)
		for (int i = 0; i < clang_getNumArgTypes(t); i++)
			if (pointee(clang_getArgType(t, (unsigned)i), &p))
				refer_btf(w, p, BG_REF_BTF);
	for (int i = -1; is_ksym && i < clang_getNumArgTypes(t); i++)
		refer_btf_behind(w, i < 0 ? clang_getCursorResultType(c) : clang_getArgType(t, (unsigned)i));
	for (; r; r = scan_redecl_next(w->s, r))
		if (r->item >= 0 && r->item != w->item && scan_has_attr(r->c))
			refer_item(w, (uint32_t)r->item, BG_REF_REDECL);
}

static void one_cursor(struct walk *w, CXCursor c)
{
	enum CXCursorKind k = clang_getCursorKind(c);

	w->function = k == CXCursor_FunctionDecl && w->item >= 0 ? walk_decl_of(w->s, c) : -1;
	w->tags = k != CXCursor_FunctionDecl && w->item >= 0;
	w->lookups.n = 0;
	walk(c, clang_getNullCursor(), w);
	clang_visitChildren(c, walk, w);
	if (k == CXCursor_FunctionDecl)
		function(w, c);
}

void scan_item_refs(struct scan *s, uint32_t item)
{
	struct walk w = { .s = s, .item = (int32_t)item, .top = -1, .function = -1 };

	s->stamp += 4; /* says() */
	for (size_t i = s->first_cursor.v[item]; i < s->cursors.n && s->cursors.v[i].item <= (int32_t)item; i++)
		if (s->cursors.v[i].item == (int32_t)item)
			one_cursor(&w, s->cursors.v[i].c);
	w.use = s->f->items.v[item].s;
	w.use_known = true;
	refer_asm(&w, s->f->items.v[item].s, s->f->items.v[item].e);
	bg_vec_done(&w.lookups);
}

void scan_symbols(struct scan *s, uint32_t item, const struct bg_strv *names)
{
	struct walk w = { .s = s, .item = (int32_t)item, .top = -1, .function = -1, .use = s->f->items.v[item].s,
			  .use_known = true };

	s->stamp += 4; /* says() */
	for (size_t i = 0; i < names->n; i++)
		refer_name(&w, names->v[i]);
}

void scan_top_refs(struct scan *s, uint32_t top)
{
	struct walk w = { .s = s, .item = -1, .top = (int32_t)top, .function = -1 };

	s->stamp += 4; /* says() */
	for (size_t i = 0; i < s->cursors.n; i++)
		if (s->cursors.v[i].top == (int32_t)top)
			one_cursor(&w, s->cursors.v[i].c);
	bg_vec_done(&w.lookups);
}
