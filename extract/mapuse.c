// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Who reads and who writes a map, as far as one function's text tells: helpers that take the map, and stores through
 * local pointers that a lookup gave. A pointer that is handed to another function counts as passed on, not as written.
 */
#include "extract/walk.h"

int32_t walk_decl_of(const struct scan *s, CXCursor d)
{
	const struct scan_redecl *r = scan_redecls(s, clang_getCanonicalCursor(d));
	int32_t first = -1;

	for (; r; r = scan_redecl_next(s, r)) {
		if (r->decl >= 0 && s->f->decls.v[r->decl].is_def)
			return r->decl;
		if (first < 0)
			first = r->decl;
	}
	return first;
}

static enum CXChildVisitResult first_map(CXCursor c, CXCursor parent, CXClientData data)
{
	struct { struct scan *s; int32_t map; } *q = data;

	(void)parent;
	if (clang_getCursorKind(c) == CXCursor_DeclRefExpr) {
		CXCursor r = clang_getCursorReferenced(c);
		int32_t d = clang_getCursorKind(r) == CXCursor_VarDecl ? walk_decl_of(q->s, r) : -1;

		if (d >= 0 && q->s->f->decls.v[d].is_map) {
			q->map = d;
			return CXChildVisit_Break;
		}
	}
	return CXChildVisit_Recurse;
}

static int32_t map_in(struct scan *s, CXCursor expr)
{
	struct { struct scan *s; int32_t map; } q = { s, -1 };

	if (first_map(expr, clang_getNullCursor(), &q) != CXChildVisit_Break)
		clang_visitChildren(expr, first_map, &q);
	return q.map;
}

static void access_map(struct walk *w, uint32_t map, unsigned access)
{
	struct bg_tu *f = w->s->f;
	struct bg_f_mapuse u = { (uint32_t)w->function, map, access, walk_use(w) };

	if (w->function < 0)
		return;
	for (size_t i = 0; i < f->mapuses.n; i++)
		if (f->mapuses.v[i].function == u.function && f->mapuses.v[i].map == map) {
			f->mapuses.v[i].access |= access;
			return;
		}
	bg_vec_push(&f->mapuses, u);
}

void walk_map_named(struct walk *w, CXCursor variable)
{
	const struct bg_tu *f = w->s->f;
	int32_t map = w->function < 0 ? -1 : walk_decl_of(w->s, variable);

	if (map < 0 || !f->decls.v[map].is_map)
		return;
	for (size_t i = 0; i < f->mapuses.n; i++)
		if (f->mapuses.v[i].function == (uint32_t)w->function && f->mapuses.v[i].map == (uint32_t)map)
			return;
	access_map(w, (uint32_t)map, BG_ACCESS_PASSED);
}

static unsigned helper_access(const char *name)
{
	static const char *const writers[] = { "update_elem",	    "delete_elem",    "push_elem",
					       "perf_event_output", "ringbuf_",	      "sock_map_update",
					       "sock_hash_update",  "sk_storage_get", "skb_output",
					       "xdp_output" };
	static const char *const readers[] = { "lookup_elem",
					       "lookup_percpu_elem",
					       "peek_elem",
					       "redirect_map",
					       "tail_call",
					       "for_each_map_elem",
					       "current_task_under_cgroup",
					       "skb_under_cgroup",
					       "sk_select_reuseport",
					       "perf_event_read" };

	if (strstr(name, "pop_elem"))
		return BG_ACCESS_READ | BG_ACCESS_WRITE;
	for (size_t i = 0; i < BG_ARRAY_SIZE(writers); i++)
		if (strstr(name, writers[i]))
			return BG_ACCESS_WRITE;
	for (size_t i = 0; i < BG_ARRAY_SIZE(readers); i++)
		if (strstr(name, readers[i]))
			return BG_ACCESS_READ;
	return 0;
}

/*
 * The local variable that an expression reads or writes through: v->a[i].b, *v, v[0]; null cursor when there is none.
 */
static enum CXChildVisitResult into_base(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	*(CXCursor *)data = c;
	return CXChildVisit_Break;
}

static CXCursor base_variable(CXCursor c)
{
	for (unsigned i = 0; i < 32 && !clang_Cursor_isNull(c); i++) {
		CXCursor child = clang_getNullCursor();

		if (clang_getCursorKind(c) == CXCursor_DeclRefExpr)
			return clang_getCursorReferenced(c);
		clang_visitChildren(c, into_base, &child);
		c = child;
	}
	return clang_getNullCursor();
}

static enum CXChildVisitResult find_lookup(CXCursor c, CXCursor parent, CXClientData data)
{
	struct { struct scan *s; int32_t map; } *q = data;
	enum CXCursorKind k = clang_getCursorKind(c);

	(void)parent;
	if (k == CXCursor_CallExpr) {
		BG_CLEANUP(bg_freep) char *name = bg_cx_str(clang_getCursorSpelling(c));

		if (strstr(name, "lookup_elem") || strstr(name, "lookup_percpu_elem"))
			q->map = map_in(q->s, clang_Cursor_getArgument(c, 0));
		return CXChildVisit_Break;
	}
	return k == CXCursor_UnexposedExpr || k == CXCursor_CStyleCastExpr || k == CXCursor_ParenExpr
		       ? CXChildVisit_Recurse
		       : CXChildVisit_Continue;
}

void walk_lookup(struct walk *w, CXCursor variable, CXCursor value)
{
	struct { struct scan *s; int32_t map; } q = { w->s, -1 };
	struct lookup l = { clang_hashCursor(variable), 0 };

	if (clang_getCursorKind(value) == CXCursor_CallExpr)
		find_lookup(value, clang_getNullCursor(), &q);
	else
		clang_visitChildren(value, find_lookup, &q);
	if (q.map < 0)
		return;
	l.map = (uint32_t)q.map;
	bg_vec_push(&w->lookups, l);
}

void walk_through(struct walk *w, CXCursor expr, unsigned access)
{
	CXCursor v = base_variable(expr);
	unsigned h;

	if (clang_Cursor_isNull(v))
		return;
	h = clang_hashCursor(v);
	for (size_t i = 0; i < w->lookups.n; i++)
		if (w->lookups.v[i].hash == h)
			access_map(w, w->lookups.v[i].map, access);
}

enum CXChildVisitResult walk_take_two(CXCursor c, CXCursor parent, CXClientData data)
{
	struct walk_two *t = data;

	(void)parent;
	if (t->n < 2)
		t->c[t->n] = c;
	t->n++;
	return CXChildVisit_Continue;
}

void walk_assignment(struct walk *w, CXCursor c)
{
	struct walk_two t = { .n = 0 };

	clang_visitChildren(c, walk_take_two, &t);
	if (t.n != 2)
		return;
	if (clang_getCursorKind(t.c[0]) == CXCursor_DeclRefExpr)
		walk_lookup(w, clang_getCursorReferenced(t.c[0]), t.c[1]);
	else
		walk_through(w, t.c[0], BG_ACCESS_WRITE);
}

/* Helpers are called by the names that libbpf gives them; whether the kernel has one of that name is not asked here. */
static void helper_called(struct walk *w, const char *name)
{
	struct bg_tu *f = w->s->f;

	if (w->function < 0 || !bg_starts(name, "bpf_"))
		return;
	for (size_t i = f->helpers.n; i-- > 0 && f->helpers.v[i].function == (uint32_t)w->function;)
		if (strcmp(f->helpers.v[i].name, name) == 0)
			return;
	bg_vec_push(&f->helpers, (struct bg_f_helper){ (uint32_t)w->function, bg_strdup(name), walk_use(w) });
}

/*
 * A call: of a helper with a map, of an atomic builtin through a pointer into one, or of a function that such a pointer
 * is given to.
 */
void walk_call(struct walk *w, CXCursor c)
{
	CXCursor callee = clang_getCursorReferenced(c);
	BG_CLEANUP(bg_freep) char *name = bg_cx_str(clang_getCursorSpelling(c));
	unsigned access = helper_access(name);
	bool atomic = bg_starts(name, "__sync_") || bg_starts(name, "__atomic_") || bg_starts(name, "__builtin_mem");
	bool own = clang_getCursorKind(callee) == CXCursor_FunctionDecl && walk_decl_of(w->s, callee) >= 0;

	if (!own)
		helper_called(w, name);
	for (int i = 0; i < clang_Cursor_getNumArguments(c); i++) {
		CXCursor arg = clang_Cursor_getArgument(c, (unsigned)i);
		int32_t map = map_in(w->s, arg);

		if (map >= 0)
			access_map(w, (uint32_t)map, access ? access : BG_ACCESS_PASSED);
		else if (atomic && i == 0)
			walk_through(w, arg, BG_ACCESS_WRITE);
		else if (own)
			walk_through(w, arg, BG_ACCESS_PASSED);
	}
}
