// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/questions.h"

#include "extract/diag_ids.h"
#include "extract/units.h"

#define MAX_CANDIDATES 8  /* that are told of one name */
#define MAX_LINES      80 /* that are looked at */
#define MAX_USERS      3  /* of a candidate */

static bool is_defined(const struct bg_tu *f, const char *name)
{
	for (size_t i = 0; i < f->decls.n; i++)
		if (f->decls.v[i].is_def && bg_streq(f->decls.v[i].name, name) &&
		    (f->decls.v[i].kind == BG_DECL_FUNCTION || f->decls.v[i].kind == BG_DECL_VARIABLE))
			return true;
	return false;
}

/* Whether a declaration gives a name of the compiler's own, which it makes instructions of: asm("llvm.bpf.load.byte").
 */
static bool is_intrinsic(const struct bg_tu *f, const struct bg_f_decl *d)
{
	static const char label[] = "\"llvm.";
	const struct bg_f_item *it = &f->items.v[d->item];

	return memmem(f->text + it->s, it->e - it->s, "asm", 3) &&
	       memmem(f->text + it->s, it->e - it->s, label, strlen(label));
}

/* The kernel, libbpf or clang resolves these. */
static bool is_resolved_later(const struct bg_tu *f, const struct bg_f_decl *d)
{
	return bg_streq(d->section, ".ksyms") || bg_streq(d->section, ".kconfig") || is_intrinsic(f, d);
}

/* Whether something of the unit uses the name; a declaration can be in because it shares a line with something else. */
static bool is_used(const struct bg_tu *f, const struct bg_closure *c, size_t decl)
{
	for (size_t i = 0; i < f->refs.n; i++)
		if (f->refs.v[i].to == f->decls.v[decl].item && c->items[f->refs.v[i].from].by)
			return true;
	return false;
}

/* "path:line:text" as grep prints it. */
static bool parse_hit(const char *hit, struct bg_place_named *ret)
{
	const char *colon = strchr(hit, ':');

	if (!colon)
		return false;
	ret->file = bg_strndup(hit, (size_t)(colon - hit));
	ret->line = (unsigned)strtoul(colon + 1, NULL, 10);
	return true;
}

int bg_questions_places(const struct bg_repo *repo, const char *name, bool function, struct bg_places *ret)
{
	BG_CLEANUP(bg_freep)
	char *regex =
		function ? bg_printf("^((SEC|__section|__attribute__)[[:space:]]*\\(.*\\)[[:space:]]*)?([A-Za-z_][^;=(]"
				     "*[^A-Za-z0-9_(])?%s[[:space:]]*\\([^;]*$",
				     name)
			 : bg_printf("^([A-Za-z_}][^;=(]*[^A-Za-z0-9_(])?%s[[:space:]]*(SEC\\(|__section|=|\\[|;)",
				     name);
	struct bg_strv raw = { 0 };
	bool all;

	bg_repo_grep(repo, regex, MAX_LINES, &raw);
	all = raw.n < MAX_LINES;
	for (size_t i = 0; i < raw.n; i++) {
		const char *text = strchr(raw.v[i], ':');
		struct bg_place_named p;

		text = text ? strchr(text + 1, ':') : NULL;
		if (text && !bg_starts(text + 1, "extern") && !bg_starts(text + 1, "return") &&
		    !bg_starts(text + 1, "else") && parse_hit(raw.v[i], &p))
			bg_vec_push(ret, p);
	}
	bg_strv_done(&raw);
	return all ? 0 : -E2BIG;
}

void bg_places_done(struct bg_places *ps)
{
	for (size_t i = 0; i < ps->n; i++)
		free(ps->v[i].file);
	bg_vec_done(ps);
}

void bg_questions_undefined(const struct bg_tu *f, const struct bg_closure *c, struct bg_decls *ret)
{
	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];
		bool known = false;

		if ((d->kind != BG_DECL_FUNCTION && d->kind != BG_DECL_VARIABLE) || !c->items[d->item].by ||
		    d->is_def || is_resolved_later(f, d) || is_defined(f, d->name) || !is_used(f, c, i))
			continue;
		for (size_t k = 0; k < ret->n && !known; k++)
			known = bg_streq(f->decls.v[ret->v[k]].name, d->name);
		if (!known)
			bg_vec_push(ret, (uint32_t)i);
	}
}

/* The definition at a line of a file, as a parse of it knows; NULL: there is none. */
static const struct bg_f_decl *definition_at(const struct bg_tu *f, const char *name, unsigned line)
{
	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];

		if (d->is_def && !d->is_static && bg_streq(d->name, name) &&
		    bg_tu_place(f, f->items.v[d->item].s).line <= line &&
		    line <= bg_tu_place(f, d->end ? d->end - 1 : 0).line)
			return d;
	}
	return NULL;
}

/* Functions that call, read or write what d defines. */
static json_t *users(const struct bg_tu *f, const struct bg_f_decl *d)
{
	json_t *all = json_array();

	for (size_t i = 0; i < f->refs.n && json_array_size(all) < MAX_USERS; i++) {
		const struct bg_f_decl *from =
			f->refs.v[i].to == d->item ? bg_tu_item_decl(f, f->refs.v[i].from) : NULL;

		if (from && from->kind == BG_DECL_FUNCTION && from->item != d->item)
			json_array_append_new(all, json_string(from->name));
	}
	return all;
}

static void tell_candidate(const struct bg_f_decl *wanted, const struct bg_place_named *p, const char *section,
			   const json_t *used_by, unsigned id, struct bg_diags *ds)
{
	struct bg_str more = { 0 };
	size_t i;
	json_t *u;

	if (section)
		bg_str_addf(&more, ", in section '%s'", section);
	json_array_foreach (used_by, i, u)
		bg_str_addf(&more, "%s'%s'", i ? ", " : ", used by ", json_string_value(u));
	bg_diag(ds, BG_NOTE, id, BG_AT(p->file, p->line, 1), "a candidate%s%s; answer with 'resolve: {%s: %s:%u}'",
		more.s ? more.s : "", used_by ? "" : ", in a file that does not compile with these flags", wanted->name,
		p->file, p->line);
	bg_str_done(&more);
}

/* One place that looks like a definition, unless a parse of its file knows better. */
static void add_candidate(const struct bg_answers_of *of, const struct bg_f_decl *wanted,
			  const struct bg_place_named *p, unsigned id, struct bg_diags *ds, json_t *list)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *own = bg_diags_new();
	BG_CLEANUP(bg_strv_done) struct bg_strv flags = { 0 };
	BG_CLEANUP(bg_tu_freep) struct bg_tu *f = NULL;
	const struct bg_f_decl *d = NULL;
	json_t *used_by = NULL;

	bg_strv_extend(&flags, of->flags);
	if (bg_units_facts(of->ix, of->repo, p->file, &flags, own, &f) == 0) {
		d = definition_at(f, wanted->name, p->line);
		if (!d || d->kind != wanted->kind)
			return;
		used_by = users(f, d);
	}
	tell_candidate(wanted, p, d ? d->section : NULL, used_by, id, ds);
	json_array_append_new(list, json_pack("{s:s, s:i, s:s?, s:o?}", "file", p->file, "line", (int)p->line,
					      "section", d ? d->section : NULL, "used_by", used_by));
}

static json_t *candidates(const struct bg_answers_of *of, const struct bg_f_decl *d, unsigned id, struct bg_diags *ds)
{
	json_t *list = json_array();
	struct bg_places places = { 0 };
	int err = bg_questions_places(of->repo, d->name, d->kind == BG_DECL_FUNCTION, &places);

	for (size_t i = 0; i < places.n && i < MAX_CANDIDATES; i++)
		add_candidate(of, d, &places.v[i], id, ds, list);
	if (!json_array_size(list))
		bg_diag(ds, BG_NOTE, id, BG_NOWHERE, "no C file of the repository seems to define '%s'", d->name);
	else if (err || places.n > MAX_CANDIDATES)
		bg_diag(ds, BG_NOTE, id, BG_NOWHERE, "more places look like definitions of '%s'", d->name);
	bg_places_done(&places);
	return list;
}

size_t bg_questions_ask(const struct bg_answers_of *of, const struct bg_tu *f, const struct bg_closure *c,
			struct bg_diags *ds, json_t *ret_json)
{
	struct bg_decls names = { 0 };
	size_t n;

	bg_questions_undefined(f, c, &names);
	for (size_t i = 0; i < names.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[names.v[i]];
		unsigned id = d->is_map ? BG_ID_ASK_MAP : BG_ID_ASK_NAME, number;
		struct bg_place p = bg_tu_place(f, d->off);

		number = bg_question(
			ds, id, BG_AT(p.path, p.line, p.col),
			d->is_map ? "the map '%s' has no definition in this translation unit; which one is meant?"
				  : "'%s' is declared here, but defined in another file; which one is meant?",
			d->name);
		json_array_append_new(ret_json, json_pack("{s:i, s:s, s:s, s:s?, s:i, s:o}", "number", (int)number,
							  "name", d->name, "kind",
							  d->is_map			? "map"
							  : d->kind == BG_DECL_FUNCTION ? "function"
											: "variable",
							  "file", p.path, "line", (int)p.line, "candidates",
							  candidates(of, d, id, ds)));
	}
	n = names.n;
	bg_vec_done(&names);
	return n;
}

size_t bg_questions_namesakes(const struct bg_repo *repo, const char *function, const char *file, struct bg_diags *ds)
{
	struct bg_places places = { 0 };
	size_t n = 0;

	bg_questions_places(repo, function, true, &places);
	for (size_t i = 0; i < places.n && n < MAX_CANDIDATES; i++) {
		const struct bg_place_named *p = &places.v[i];

		if (!strcmp(p->file, file))
			continue;
		n++;
		bg_diag(ds, BG_NOTE, BG_ID_SAME_NAME, BG_AT(p->file, p->line, 1),
			"another '%s' is defined here; the one of %s was taken", function, file);
	}
	bg_places_done(&places);
	return n;
}
