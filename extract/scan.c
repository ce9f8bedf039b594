// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Order of work: parse and lay out (flat.c), lex, find the items and their exact text, register macros, then follow
 * references from every function and variable of the repository (refs.c), so that of a large header only what can be
 * reached is looked at.
 */
#include "extract/scan_internal.h"

#include "core/compile.h"
#include "core/task.h"
#include "extract/diag_ids.h"

#define MAX_GUESSES 4                   /* at what a program needs of a vmlinux.h, before all of it is parsed */

uint32_t scan_off(struct scan *s, CXSourceLocation l)
{
	return bg_flat_off(&s->fl, l, s->cursors.n ? s->cursors.v[s->cursors.n - 1].s : 0);
}

static enum CXChildVisitResult attr_visitor(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	if (!clang_isAttribute(clang_getCursorKind(c)))
		return CXChildVisit_Continue;
	*(bool *)data = true;
	return CXChildVisit_Break;
}

bool scan_has_attr(CXCursor c)
{
	bool has = false;

	clang_visitChildren(c, attr_visitor, &has);
	return has;
}

/* The declaration as clang prints it, without bodies: libclang has no other access to the arguments of attributes. */
char *scan_pretty(CXCursor c)
{
	CXPrintingPolicy p = clang_getCursorPrintingPolicy(c);
	char *r;

	clang_PrintingPolicy_setProperty(p, CXPrintingPolicy_TerseOutput, 1);
	r = bg_cx_str(clang_getCursorPrettyPrinted(c, p));
	clang_PrintingPolicy_dispose(p);
	return r;
}

char *scan_attr_arg(const char *pretty, const char *attr)
{
	BG_CLEANUP(bg_freep) char *head = bg_printf("%s(", attr);
	const char *p = strstr(pretty, head);
	size_t n;

	if (!p)
		return NULL;
	p += strlen(head);
	if (*p == '"')
		return bg_strndup(p + 1, strcspn(p + 1, "\""));
	n = strcspn(p, ",) ");
	return bg_strndup(p, n);
}

static bool in_repo(const struct scan *s, uint32_t off)
{
	const struct bg_f_inc *inc = bg_tu_inc_at(s->f, off);

	return inc && inc->top < 0;
}

static bool is_linked(enum CXCursorKind k)
{
	return k == CXCursor_FunctionDecl || k == CXCursor_VarDecl;
}

static enum CXChildVisitResult collect(CXCursor c, CXCursor parent, CXClientData data)
{
	struct scan *s = data;
	enum CXCursorKind k = clang_getCursorKind(c);
	struct scan_cursor sc = { .c = c, .item = -1 };
	CXSourceRange r;

	(void)parent;
	if (k >= CXCursor_FirstPreprocessing && k <= CXCursor_LastPreprocessing && k != CXCursor_MacroExpansion)
		return CXChildVisit_Continue;
	r = clang_getCursorExtent(c);
	if (k == CXCursor_MacroExpansion) {
		const struct bg_f_inc *inc;

		sc.s = bg_flat_off(&s->fl, clang_getRangeStart(r), 0);
		sc.e = bg_flat_off(&s->fl, clang_getRangeEnd(r), sc.s);
		inc = sc.s == UINT32_MAX ? NULL : bg_tu_inc_at(s->f, sc.s);
		if (inc && inc->top >= 0) {
			sc.top = inc->top;
			bg_vec_push(&s->expansions, sc);
		}
		return CXChildVisit_Continue;
	}
	sc.s = scan_off(s, clang_getRangeStart(r));
	sc.e = scan_off(s, clang_getRangeEnd(r));
	if (sc.s == UINT32_MAX || sc.e == UINT32_MAX || !bg_tu_inc_at(s->f, sc.s))
		return CXChildVisit_Continue;
	sc.e = sc.e <= sc.s ? sc.s + 1 : sc.e;
	sc.top = bg_tu_inc_at(s->f, sc.s)->top;
	bg_vec_push(&s->cursors, sc);
	return CXChildVisit_Continue;
}

/* Items: repository cursors, those whose extents overlap together. */
static void group(struct scan *s)
{
	struct bg_tu *f = s->f;

	for (size_t i = 0; i < s->cursors.n; i++) {
		struct scan_cursor *c = &s->cursors.v[i];
		struct bg_f_item it = { .s = c->s, .e = c->e };
		struct bg_f_item *last = f->items.n ? &f->items.v[f->items.n - 1] : NULL;

		if (c->top >= 0)
			continue;
		if (last && c->s < last->e) {
			last->s = c->s < last->s ? c->s : last->s;
			last->e = c->e > last->e ? c->e : last->e;
		} else {
			/* without a place there is no room: NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
			bg_vec_push(&f->items, it);
			bg_vec_push(&s->first_cursor, (uint32_t)i);
		}
		c->item = (int32_t)f->items.n - 1;
	}
}

const struct scan_redecl *scan_redecls(const struct scan *s, CXCursor canonical)
{
	uint32_t i = s->redecl_heads[clang_hashCursor(canonical) % BG_ARRAY_SIZE(s->redecl_heads)];

	for (; i; i = s->redecls.v[i - 1].next)
		if (clang_equalCursors(clang_getCanonicalCursor(s->redecls.v[i - 1].c), canonical))
			return &s->redecls.v[i - 1];
	return NULL;
}

const struct scan_redecl *scan_redecl_next(const struct scan *s, const struct scan_redecl *r)
{
	CXCursor canonical = clang_getCanonicalCursor(r->c);

	for (uint32_t i = r->next; i; i = s->redecls.v[i - 1].next)
		if (clang_equalCursors(clang_getCanonicalCursor(s->redecls.v[i - 1].c), canonical))
			return &s->redecls.v[i - 1];
	return NULL;
}

/* x of a first parameter 'struct x *'; NULL: none. */
static char *context_of(CXCursor function)
{
	CXType t = clang_getCursorType(function), p;
	CXCursor tag;

	if (clang_getNumArgTypes(t) < 1)
		return NULL;
	p = clang_getCanonicalType(clang_getArgType(t, 0));
	if (p.kind != CXType_Pointer)
		return NULL;
	tag = clang_getTypeDeclaration(clang_getCanonicalType(clang_getPointeeType(p)));
	return clang_getCursorKind(tag) == CXCursor_StructDecl ? bg_cx_str(clang_getCursorSpelling(tag)) : NULL;
}

static void add_decl(struct scan *s, const struct scan_cursor *sc, enum bg_decl_kind kind)
{
	CXCursor c = sc->c;
	struct bg_f_decl d = { .item = (uint32_t)sc->item, .kind = kind, .off = sc->s, .end = sc->e };

	d.name = bg_cx_str(clang_getCursorSpelling(c));
	if (strchr(d.name, '(')) /* "struct (unnamed at FILE:LINE)" */
		d.name[0] = '\0';
	d.usr = bg_cx_str(clang_getCursorUSR(c));
	/* a variable without initializer is a tentative definition (C11 6.9.2), as every BTF-defined map is */
	d.is_def = clang_isCursorDefinition(c) ||
		   (kind == BG_DECL_VARIABLE && clang_Cursor_getStorageClass(c) != CX_SC_Extern);
	d.is_static = clang_Cursor_getStorageClass(c) == CX_SC_Static;
	d.context = kind == BG_DECL_FUNCTION ? context_of(c) : NULL;
	if (scan_has_attr(c)) {
		BG_CLEANUP(bg_freep) char *pretty = scan_pretty(c), *alias = scan_attr_arg(pretty, "alias");

		d.section = scan_attr_arg(pretty, "section");
		d.is_def = d.is_def || alias; /* another name for a definition of this file */
	}
	if (d.section && kind == BG_DECL_VARIABLE) {
		d.is_map = bg_streq(d.section, ".maps") || bg_streq(d.section, "maps");
		if (bg_streq(d.section, "license") || bg_streq(d.section, "version"))
			s->f->items.v[d.item].is_licence = true;
	}
	bg_vec_push(&s->f->decls, d);
}

static enum bg_decl_kind decl_kind(enum CXCursorKind k)
{
	switch (k) {
	case CXCursor_FunctionDecl: return BG_DECL_FUNCTION;
	case CXCursor_VarDecl: return BG_DECL_VARIABLE;
	case CXCursor_StructDecl: return BG_DECL_STRUCT;
	case CXCursor_UnionDecl: return BG_DECL_UNION;
	case CXCursor_EnumDecl: return BG_DECL_ENUM;
	case CXCursor_TypedefDecl: return BG_DECL_TYPEDEF;
	default: return BG_DECL_OTHER;
	}
}

/* Functions and variables, here and in system headers: what references can have several declarations of. */
static void register_linked(struct scan *s)
{
	for (size_t i = 0; i < s->cursors.n; i++) {
		struct scan_cursor *sc = &s->cursors.v[i];
		enum CXCursorKind k = clang_getCursorKind(sc->c);
		struct scan_redecl r = { .c = sc->c, .item = sc->item, .decl = -1 };
		uint32_t *slot;

		if (!is_linked(k))
			continue;
		if (sc->item >= 0) {
			add_decl(s, sc, decl_kind(k));
			r.decl = (int32_t)s->f->decls.n - 1;
		}
		r.off = bg_flat_off(&s->fl, clang_getCursorLocation(sc->c), sc->s);
		bg_vec_push(&s->redecls, r);
		slot = &s->redecl_heads[clang_hashCursor(clang_getCanonicalCursor(sc->c)) %
					BG_ARRAY_SIZE(s->redecl_heads)];
		while (*slot) /* at the end, so that redeclarations are met in order */
			slot = &s->redecls.v[*slot - 1].next;
		*slot = (uint32_t)s->redecls.n;
	}
}

struct enum_visit { struct scan *s; const struct scan_cursor *of; };

static enum CXChildVisitResult add_enumerator(CXCursor c, CXCursor parent, CXClientData data)
{
	struct enum_visit *v = data;
	CXSourceRange r = clang_getCursorExtent(c);
	struct scan_cursor sc = { .c = c, .item = v->of->item, .top = v->of->top };

	(void)parent;
	if (clang_getCursorKind(c) != CXCursor_EnumConstantDecl)
		return CXChildVisit_Continue;
	sc.s = bg_flat_off(&v->s->fl, clang_getRangeStart(r), v->of->s);
	sc.e = bg_flat_off(&v->s->fl, clang_getRangeEnd(r), v->of->s);
	if (sc.s < v->of->s || sc.s >= v->of->e) /* written in a macro's definition */
		sc.s = v->of->s;
	sc.e = sc.e <= sc.s || sc.e > v->of->e ? sc.s + 1 : sc.e;
	add_decl(v->s, &sc, BG_DECL_ENUMCONST);
	return CXChildVisit_Continue;
}

/* Types get declarations when their item is scanned: a kernel header has tens of thousands. */
static void add_type_decls(struct scan *s, uint32_t item)
{
	for (size_t i = s->first_cursor.v[item]; i < s->cursors.n && s->cursors.v[i].item <= (int32_t)item; i++)
		if (s->cursors.v[i].item == (int32_t)item && !is_linked(clang_getCursorKind(s->cursors.v[i].c))) {
			struct enum_visit v = { s, &s->cursors.v[i] };

			add_decl(s, v.of, decl_kind(clang_getCursorKind(v.of->c)));
			if (clang_getCursorKind(v.of->c) == CXCursor_EnumDecl)
				clang_visitChildren(v.of->c, add_enumerator, &v);
		}
}

void scan_queue_item(struct scan *s, uint32_t item)
{
	if (s->item_seen.v[item])
		return;
	s->item_seen.v[item] = true;
	bg_vec_push(&s->work, item);
}

void scan_queue_top(struct scan *s, uint32_t top)
{
	if (s->top_seen.v[top])
		return;
	s->top_seen.v[top] = true;
	bg_vec_push(&s->tops, top);
}

static void take_macros(struct scan *s, uint32_t item, struct bg_macro_result *r)
{
	struct bg_f_item *it = &s->f->items.v[item];

	it->line_dependent = r->line_dependent;
	it->counted = r->counted;
	for (size_t i = 0; i < r->used.n; i++) {
		struct bg_f_macro_use u = { item, r->used.v[i] };

		bg_vec_push(&s->f->macro_uses, u);
		if (s->f->macros.v[u.macro].top >= 0)
			scan_queue_top(s, (uint32_t)s->f->macros.v[u.macro].top);
	}
	if (r->cut_off) {
		struct bg_place p = bg_tu_place(s->f, it->s);

		bg_diag(s->ds, BG_WARNING, BG_ID_MACRO_LIMIT, BG_AT(p.path, p.line, p.col),
			"macros expand to more than bpfgraft follows");
	}
	if (r->asm_names.n)
		scan_symbols(s, item, &r->asm_names);
	bg_strv_done(&r->asm_names);
	bg_vec_done(&r->used);
}

/* The macros of items, looked for in a thread of its own, as libclang has no part in it. */
struct use {
	uint32_t item, s, e;
	struct bg_macro_result r;
};

struct uses {
	struct bg_macros *mac;
	BG_VEC(struct use) of;
};

static void find_macros(void *ctx)
{
	struct uses *u = ctx;

	for (size_t i = 0; i < u->of.n; i++)
		bg_macros_uses(u->mac, u->of.v[i].s, u->of.v[i].e, &u->of.v[i].r);
}

static void add_use(struct scan *s, struct uses *u, uint32_t item)
{
	bg_vec_push(&u->of, (struct use){ .item = item, .s = s->f->items.v[item].s, .e = s->f->items.v[item].e });
}

static void take_uses(struct scan *s, struct uses *u)
{
	for (size_t i = 0; i < u->of.n; i++)
		take_macros(s, u->of.v[i].item, &u->of.v[i].r);
	u->of.n = 0;
}

/* __COUNTER__ numbers what the whole unit expands, so what nobody refers to counts as well. */
static void count_all(struct scan *s)
{
	static const char name[] = "__COUNTER__";

	if (!memmem(s->f->text, s->f->n_text, name, strlen(name)))
		return;
	for (size_t i = 0; i < s->f->items.n; i++) {
		struct bg_f_item *it = &s->f->items.v[i];
		struct bg_macro_result r = { 0 };

		if (it->scanned)
			continue;
		bg_macros_uses(s->mac, it->s, it->e, &r);
		it->counted = r.counted;
		bg_strv_done(&r.asm_names);
		bg_vec_done(&r.used);
	}
}

/* Repository macros that a system header expands or tests: they must stand before its #include. */
static void top_macros(struct scan *s, uint32_t top)
{
	for (size_t i = 0; i < s->expansions.n; i++) {
		const struct scan_cursor *x = &s->expansions.v[i];
		BG_CLEANUP(bg_freep) char *name = NULL;
		struct bg_f_sysneed need = { top, BG_NEED_MACRO, 0 };
		int32_t ev;

		if (x->top != (int32_t)top)
			continue;
		name = bg_cx_str(clang_getCursorSpelling(x->c));
		ev = bg_macros_visible(s->mac, name, strlen(name), x->s);
		if (ev < 0 || s->f->macros.v[ev].top >= 0)
			continue;
		need.target = (uint32_t)ev;
		for (size_t k = s->f->sysneeds.n; k-- > 0 && need.top == top;)
			if (s->f->sysneeds.v[k].top == top && s->f->sysneeds.v[k].what == BG_NEED_MACRO &&
			    s->f->sysneeds.v[k].target == need.target)
				need.top = UINT32_MAX;
		if (need.top != UINT32_MAX)
			bg_vec_push(&s->f->sysneeds, need);
	}
}

/* Queued items and what they refer to; late: those whose macros nobody looks for yet. */
static void follow_items(struct scan *s, const bool *early, struct uses *late)
{
	while (s->work.n) {
		uint32_t item = s->work.v[--s->work.n];

		add_type_decls(s, item);
		scan_item_refs(s, item);
		s->f->items.v[item].scanned = true;
		if (!early[item])
			add_use(s, late, item);
	}
}

/* All functions and variables are, whatever needs them; of other items those that something needs. */
static void follow(struct scan *s)
{
	BG_CLEANUP(bg_freep) bool *early = bg_alloc(s->f->items.n + 1);
	struct uses linked = { .mac = s->mac }, late = { .mac = s->mac };
	struct bg_tu *f = s->f;
	struct bg_task *finding;
	size_t next_top = 0;

	for (size_t i = 0; i < f->items.n; i++) {
		bg_vec_push(&s->item_seen, false);
		bg_vec_push(&s->item_stamp, 0);
	}
	for (size_t i = 0; i < f->incs.n; i++) {
		bg_vec_push(&s->top_seen, false);
		bg_vec_push(&s->top_stamp, 0);
	}
	for (size_t i = 0; i < f->decls.n; i++)
		scan_queue_item(s, f->decls.v[i].item);
	for (size_t i = s->work.n; i-- > 0;) {
		add_use(s, &linked, s->work.v[i]);
		early[s->work.v[i]] = true;
	}
	finding = bg_task_start(find_macros, &linked);
	follow_items(s, early, &late);
	bg_task_wait(finding);
	take_uses(s, &linked);
	for (;;) {
		find_macros(&late);
		take_uses(s, &late);
		if (next_top == s->tops.n)
			break;
		scan_top_refs(s, s->tops.v[next_top]);
		top_macros(s, s->tops.v[next_top++]);
		follow_items(s, early, &late);
	}
	bg_vec_done(&linked.of);
	bg_vec_done(&late.of);
}

/*
 * The macros of a region's pragmas ('#pragma pack(push, ALIGNED)') are the items' in it; a pragma that stands alone is
 * in every unit, and so are they.
 */
static void region_macros(struct scan *s, const struct bg_f_pragma *p)
{
	uint32_t end = p->mate < 0 ? s->f->n_text : s->f->pragmas.v[p->mate].s;
	struct bg_macro_result r = { 0 };

	bg_macros_uses(s->mac, p->s, p->e, &r);
	for (size_t i = 0; i < s->f->items.n && r.used.n; i++)
		if (p->mate < 0 || (s->f->items.v[i].s > p->s && s->f->items.v[i].s < end))
			for (size_t k = 0; k < r.used.n; k++)
				bg_vec_push(&s->f->macro_uses, (struct bg_f_macro_use){ (uint32_t)i, r.used.v[k] });
	bg_strv_done(&r.asm_names);
	bg_vec_done(&r.used);
}

static void pragmas(struct scan *s)
{
	struct bg_tu *f = s->f;

	for (size_t i = 0; i < s->lx.dirs.n; i++) {
		const struct bg_dir *d = &s->lx.dirs.v[i];
		struct bg_f_pragma p = { d->s, d->e, -1, false };
		BG_CLEANUP(bg_freep) char *rest = NULL;

		if (d->kind != BG_DIR_PRAGMA || bg_flat_skipped(&s->fl, d->s) || !in_repo(s, d->s) ||
		    bg_tu_item_at(f, d->s) >= 0)
			continue;
		rest = bg_dir_rest(f->text, d);
		/* a message says what upstream's build is */
		if (strstr(rest, "once") || bg_starts(rest + strspn(rest, " \t"), "message"))
			continue;
		p.is_pop = strstr(rest, "pop") != NULL;
		for (size_t k = f->pragmas.n; p.is_pop && k-- > 0;) {
			const struct bg_f_pragma *o = &f->pragmas.v[k];
			BG_CLEANUP(bg_freep) char *other = bg_strndup(f->text + o->s, o->e - o->s);
			static const char *const families[] = { "attribute", "pack", "diagnostic", "_macro" };

			for (size_t q = 0; q < BG_ARRAY_SIZE(families) && p.mate < 0; q++)
				if (f->pragmas.v[k].mate < 0 && !f->pragmas.v[k].is_pop && strstr(other, "push") &&
				    strstr(other, families[q]) && strstr(rest, families[q])) {
					p.mate = (int32_t)k;
					f->pragmas.v[k].mate = (int32_t)f->pragmas.n;
				}
			if (p.mate >= 0)
				break;
		}
		bg_vec_push(&f->pragmas, p);
	}
	for (size_t i = 0; i < f->pragmas.n; i++)
		if (!f->pragmas.v[i].is_pop)
			region_macros(s, &f->pragmas.v[i]);
}

void bg_flags_absolute(struct bg_strv *to, const struct bg_strv *flags, const char *root)
{
	static const char *const names[] = { "-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-I" };

	for (size_t i = 0; i < flags->n; i++) {
		const char *a = flags->v[i], *name = NULL, *value;

		for (size_t k = 0; k < BG_ARRAY_SIZE(names) && !name; k++)
			if (bg_starts(a, names[k]))
				name = names[k];
		value = name ? a + strlen(name) : NULL;
		if (!name) {
			bg_strv_add(to, a);
		} else if (*value) {
			bg_strv_addf(to, "%s%s%s%s", name, value[0] == '/' ? "" : root, value[0] == '/' ? "" : "/",
				     value);
		} else if (i + 1 < flags->n) {
			BG_CLEANUP(bg_freep) char *abs = bg_join(root, flags->v[++i]);

			bg_strv_add(to, name);
			bg_strv_add(to, abs);
		}
	}
}

static void scan_done(struct scan *s)
{
	bg_macros_free(s->mac);
	bg_flat_done(&s->fl);
	bg_lexed_done(&s->lx);
	bg_vec_done(&s->cursors);
	bg_vec_done(&s->first_cursor);
	bg_vec_done(&s->expansions);
	bg_vec_done(&s->redecls);
	bg_vec_done(&s->work);
	bg_vec_done(&s->tops);
	bg_vec_done(&s->top_seen);
	bg_vec_done(&s->item_seen);
	bg_vec_done(&s->item_stamp);
	bg_vec_done(&s->top_stamp);
}

/*
 * A definition has the section of an earlier declaration, as BPF_PROG writes them: SEC("x") int f(ctx); ... int f(ctx)
 * { }.
 */
static void inherit_sections(struct scan *s)
{
	for (size_t i = 0; i < s->redecls.n; i++) {
		const struct scan_redecl *r = &s->redecls.v[i], *other;
		struct bg_f_decl *d = r->decl < 0 ? NULL : &s->f->decls.v[r->decl];

		if (!d || d->kind != BG_DECL_FUNCTION || !d->is_def || d->section)
			continue;
		other = scan_redecls(s, clang_getCanonicalCursor(r->c));
		for (; other && !d->section; other = scan_redecl_next(s, other))
			if (other->decl >= 0 && s->f->decls.v[other->decl].section)
				d->section = bg_strdup(s->f->decls.v[other->decl].section);
	}
}

/* The text of the large header as it is, in place of what clang read. */
static void unblank(struct bg_tu *f, const struct bg_blank *b)
{
	size_t n;
	const char *text = bg_blank_original(b, &n);

	f->unread = (uint32_t)bg_blank_gone(b);
	for (size_t i = 0; i < f->segs.n; i++) {
		const struct bg_f_seg *g = &f->segs.v[i];

		if (g->off + (size_t)(g->e - g->s) <= n &&
		    bg_streq(f->files.v[f->incs.v[g->inc].file].path, bg_blank_path(b)))
			memcpy(f->text + g->s, text + g->off, g->e - g->s);
	}
}

/* As bg_scan(); -EAGAIN: blank has left out something that matters. */
static int scan_once(const char *root, const char *main, const struct bg_strv *flags, const struct bg_strv *args,
		     const struct bg_sources *sources, struct bg_blank *blank, struct bg_diags *ds,
		     struct bg_tu **ret)
{
	BG_CLEANUP(bg_tu_freep) struct bg_tu *f = bg_tu_new();
	struct scan *s = bg_alloc(sizeof(*s));
	int err;

	f->root = bg_strdup(root);
	f->main = bg_join(root, main);
	bg_strv_extend(&f->flags, flags);
	*s = (struct scan){ .f = f, .sources = sources, .ds = ds };
	err = bg_flat_parse(&s->fl, f, args, blank, ds);
	if (!err) {
		scan_text_begin(s);
		clang_visitChildren(clang_getTranslationUnitCursor(s->fl.tu), collect, s);
		group(s);
		register_linked(s);
		inherit_sections(s);
		scan_text_wait(s);
		scan_refine(s);
		follow(s);
		count_all(s);
		pragmas(s);
		scan_branches(s);
		bg_macros_name(s->mac);
		if (blank)
			unblank(f, blank);
		scan_text_end(s);
		if (s->missed)
			err = -EAGAIN;
		else
			*ret = BG_TAKE(f);
	}
	scan_done(s);
	free(s);
	return err;
}

int bg_scan(const char *root, const char *main, const struct bg_strv *flags, struct bg_diags *ds, struct bg_tu **ret)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(root, main);
	BG_CLEANUP(bg_blank_freep) struct bg_blank *blank = NULL;
	struct bg_strv abs = { 0 }, args = { 0 };
	struct bg_sources sources = { 0 };
	int err;

	bg_flags_absolute(&abs, flags, root);
	bg_parse_flags(&args, &abs);
	bg_sources_find(&sources, path, &args);
	err = bg_sources_check(&sources, root, ds);
	if (!err) {
		blank = bg_blank_new(&sources);
		if (bg_libclang_is_loading())
			bg_sources_read_ahead(&sources);
		err = -EAGAIN;
	}
	for (unsigned rounds = 0; err == -EAGAIN; rounds++) {
		BG_CLEANUP(bg_diags_freep) struct bg_diags *own = bg_diags_new();

		if (rounds && (rounds > MAX_GUESSES || !bg_blank_again(blank)))
			blank = bg_blank_free(blank);
		err = scan_once(root, main, flags, &args, &sources, blank, own, ret);
		if (err != -EAGAIN)
			bg_diags_move(ds, own);
	}
	bg_sources_done(&sources);
	bg_strv_done(&abs);
	bg_strv_done(&args);
	return err;
}
