// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/evidence.h"

#include "core/linediff.h"

static const char *const kind_names[] = {
	[BG_DECL_FUNCTION] = "function",   [BG_DECL_VARIABLE] = "variable", [BG_DECL_STRUCT] = "struct",
	[BG_DECL_UNION] = "union",	   [BG_DECL_ENUM] = "enum",	    [BG_DECL_TYPEDEF] = "typedef",
	[BG_DECL_ENUMCONST] = "enumconst", [BG_DECL_OTHER] = "other",
};

/* jansson takes valid UTF-8 only; upstream's text may be anything. */
static json_t *text(const char *s)
{
	json_t *j = s ? json_string(s) : json_null();

	if (!j) {
		BG_CLEANUP(bg_freep) char *e = bg_escape(s);

		j = json_string(e);
	}
	return j;
}

static void add_once(json_t *array, const char *s)
{
	size_t i;
	json_t *v;

	json_array_foreach(array, i, v)
		if (bg_streq(json_string_value(v), s))
			return;
	json_array_append_new(array, text(s));
}

static bool in_unit(const struct bg_closure *c, const struct bg_f_decl *d)
{
	return c->items[d->item].by != BG_WHY_NOT;
}

static json_t *place(const struct bg_tu *f, const struct bg_f_decl *d)
{
	struct bg_place p = bg_tu_place(f, d->off), q = bg_tu_place(f, d->end ? d->end - 1 : 0);
	json_t *o = json_object();

	json_object_set_new(o, "name", text(d->name));
	json_object_set_new(o, "file", text(p.path));
	json_object_set_new(o, "line", json_integer(p.line));
	json_object_set_new(o, "end_line", json_integer(q.line));
	return o;
}

json_t *bg_evidence_functions(const struct bg_tu *f, const struct bg_closure *c, const char *entry)
{
	json_t *all = json_array();

	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];
		json_t *o, *callers, *callees;

		if (d->kind != BG_DECL_FUNCTION || !in_unit(c, d) || !d->is_def)
			continue;
		o = place(f, d);
		callers = json_array();
		callees = json_array();
		for (size_t k = 0; k < f->calls.n; k++) {
			const struct bg_f_call *call = &f->calls.v[k];

			if (call->callee == i && in_unit(c, &f->decls.v[call->caller]))
				add_once(callers, f->decls.v[call->caller].name);
			if (call->caller == i && in_unit(c, &f->decls.v[call->callee]))
				add_once(callees, f->decls.v[call->callee].name);
		}
		json_object_set_new(o, "section", text(d->section));
		json_object_set_new(o, "static", json_boolean(d->is_static));
		json_object_set_new(o, "callers", callers);
		json_object_set_new(o, "callees", callees);
		json_array_append_new(all, o);
	}
	return json_pack("{s:s, s:s, s:o}", "schema", "bpfgraft.functions/1", "entry", entry, "functions", all);
}

json_t *bg_evidence_maps(const struct bg_tu *f, const struct bg_closure *c)
{
	json_t *all = json_array();

	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];
		const struct bg_f_item *it = &f->items.v[d->item];
		json_t *o, *readers, *writers, *passed;
		BG_CLEANUP(bg_freep) char *definition = NULL;

		if (!d->is_map || !in_unit(c, d))
			continue;
		o = place(f, d);
		readers = json_array();
		writers = json_array();
		passed = json_array();
		for (size_t k = 0; k < f->mapuses.n; k++) {
			const struct bg_f_mapuse *u = &f->mapuses.v[k];
			const char *function = f->decls.v[u->function].name;

			if (u->map != i || !in_unit(c, &f->decls.v[u->function]))
				continue;
			if (u->access & BG_ACCESS_READ)
				add_once(readers, function);
			if (u->access & BG_ACCESS_WRITE)
				add_once(writers, function);
			if (u->access & BG_ACCESS_PASSED)
				add_once(passed, function);
		}
		definition = bg_strndup(f->text + it->s, it->e - it->s);
		json_object_set_new(o, "definition", text(definition));
		json_object_set_new(o, "defined", json_boolean(d->is_def));
		json_object_set_new(o, "readers", readers);
		json_object_set_new(o, "writers", writers);
		json_object_set_new(o, "passes_on", passed);
		json_array_append_new(all, o);
	}
	return json_pack("{s:s, s:o}", "schema", "bpfgraft.maps/1", "maps", all);
}

/* What messages call an item: 'enum { A, B }' goes by 'A'. */
const char *bg_evidence_name(const struct bg_tu *f, uint32_t item)
{
	const struct bg_f_decl *d = bg_tu_item_decl(f, item);

	for (size_t i = 0; i < f->decls.n && !(d && *d->name); i++)
		if (f->decls.v[i].item == item)
			d = &f->decls.v[i];
	return d && *d->name ? d->name : "(anonymous)";
}

const char *bg_evidence_kind(const struct bg_tu *f, uint32_t item)
{
	const struct bg_f_decl *d = bg_tu_item_decl(f, item);

	return kind_names[d ? d->kind : BG_DECL_OTHER];
}

static json_t *symbol(const struct bg_tu *f, const char *name, const char *kind, uint32_t off, const struct bg_why *why)
{
	struct bg_place p = { 0 };
	json_t *o = json_object();

	if (off)
		p = bg_tu_place(f, off);
	json_object_set_new(o, "symbol", text(name));
	json_object_set_new(o, "kind", json_string(kind));
	json_object_set_new(o, "file", text(p.path));
	json_object_set_new(o, "line", p.line ? json_integer(p.line) : json_null());
	json_object_set_new(o, "how",
			    json_string(why->by == BG_WHY_ROOT	       ? "root"
					: why->by == BG_WHY_IDENTITY   ? "identity"
					: why->by == BG_WHY_TOP	       ? "system-header"
					: strcmp(kind, "macro") == 0   ? "expands"
					: strcmp(kind, "include") == 0 ? "declares"
								       : bg_ref_names[why->how]));
	json_object_set_new(o, "needed_by", why->by == BG_WHY_ITEM ? text(bg_evidence_name(f, why->from)) :
			    why->by == BG_WHY_TOP ? text(f->incs.v[why->from].spelled) : json_null());
	return o;
}

json_t *bg_evidence_symbols(const struct bg_tu *f, const struct bg_closure *c)
{
	json_t *all = json_array();

	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];

		if (in_unit(c, d) && d->kind != BG_DECL_OTHER)
			json_array_append_new(all, symbol(f, *d->name ? d->name : "(anonymous)", kind_names[d->kind],
							  d->off, &c->items[d->item]));
	}
	for (size_t i = 0; i < f->macros.n; i++)
		if (c->macros[i].by)
			json_array_append_new(all,
					      symbol(f, f->macros.v[i].name, "macro", f->macros.v[i].s, &c->macros[i]));
	for (size_t i = 0; i < f->incs.n; i++)
		if (c->tops[i].by)
			json_array_append_new(
				all, symbol(f, f->incs.v[i].spelled, "include", f->incs.v[i].dir_s, &c->tops[i]));
	return all;
}

/* One upstream file at a time, by its lines. */
struct upstream {
	char *path;
	struct bg_str text;
	struct bg_lines lines;
};

static void upstream_done(struct upstream *u)
{
	free(u->path);
	bg_str_done(&u->text);
	bg_vec_done(&u->lines);
	*u = (struct upstream){ 0 };
}

/* Lines [line, end] of a file below root, as they stand there; null when it has none such. */
static json_t *upstream_text(struct upstream *u, const char *root, const char *rel, unsigned line, unsigned end)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(root, rel), *lines = NULL, *clean = NULL;
	json_t *ret;

	if (!bg_streq(u->path, path)) {
		upstream_done(u);
		u->path = bg_strdup(path);
		if (bg_inside(path, root) && bg_read_file(path, 0, &u->text) == 0 && u->text.s)
			bg_lines_of(u->text.s, u->text.n, &u->lines);
	}
	if (!line || end < line || end > u->lines.n)
		return json_null();
	lines = bg_strndup(u->lines.v[line - 1].s,
			   (size_t)(u->lines.v[end - 1].s + u->lines.v[end - 1].n - u->lines.v[line - 1].s));
	ret = json_string(lines);
	if (ret)
		return ret;
	clean = bg_escape_lines(lines); /* JSON holds valid UTF-8 only */
	return json_string(clean);
}

/* The upstream lines of flat [s, e), as lines [first, last] of the unit. */
static json_t *lines(struct upstream *u, const struct bg_tu *f, const char *root, uint32_t s, uint32_t e,
		     unsigned first, unsigned last)
{
	struct bg_place from = bg_tu_place(f, s), to = bg_tu_place(f, e ? e - 1 : 0);

	return json_pack("{s:i, s:i, s:o, s:i, s:i, s:o}", "first", (int)first, "last", (int)last, "file",
			 text(from.path), "line", (int)from.line, "end_line", (int)to.line, "upstream",
			 upstream_text(u, root, from.path, from.line, to.line));
}

json_t *bg_evidence_pieces(const struct bg_tu *f, const struct bg_pieces *ps, const char *root)
{
	json_t *all = json_array();
	struct upstream u = { 0 };

	for (size_t i = 0; i < ps->n; i++) {
		const struct bg_piece *p = &ps->v[i];
		const struct bg_f_branch *cut;
		unsigned first = p->first;
		uint32_t at = p->from;

		if (p->left_out || p->first > p->last || !p->first)
			continue;
		while ((cut = bg_piece_cut(f, p, at))) { /* one line of ours stands for it */
			unsigned end = first + bg_tu_place(f, cut->s - 1).line - bg_tu_place(f, at).line;

			json_array_append_new(all, lines(&u, f, root, at, cut->s, first, end));
			first = end + 2;
			at = cut->e;
		}
		json_array_append_new(all, lines(&u, f, root, at, p->e, first, p->last));
	}
	upstream_done(&u);
	return json_pack("{s:s, s:o}", "schema", "bpfgraft.pieces/1", "pieces", all);
}
