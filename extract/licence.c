// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/licence.h"

#include "core/fs.h"
#include "extract/diag_ids.h"
#include "extract/lex.h"
#include "extract/licence_expr.h"
#include "extract/licence_text.h"

#define MAX_NAMED 3 /* files in a note */

struct source { /* a file of which the unit has text */
	const struct bg_f_file *file;
	struct bg_place place; /* of its statement, else its first line */
	struct bg_licence_text says;
	struct bg_licence_expr is; /* text NULL: not known */
};

struct judge {
	const struct bg_licence_job *job;
	struct bg_licences *table;
	struct bg_diags *ds;
	BG_VEC(struct source) sources;
	bg_licence_set common;	    /* licences under which all of them may be passed on */
	const struct source *a, *b; /* that do not go together, NULL: all do */
	size_t unknown;
};

static json_t *text(const char *s)
{
	BG_CLEANUP(bg_freep) char *e = s ? bg_escape(s) : NULL;

	return e ? json_string(e) : json_null();
}

/* --- sources */

/* Which files the unit has text of; to be freed. */
static bool *used_files(const struct bg_licence_job *job)
{
	const struct bg_tu *f = job->f;
	bool *used = bg_alloc((f->files.n + 1) * sizeof(*used));

	for (size_t i = 0; i < f->items.n; i++)
		if (bg_closure_whole(job->c, (uint32_t)i))
			used[bg_tu_inc_at(f, f->items.v[i].s)->file] = true;
	for (size_t i = 0; i < f->macros.n; i++)
		if (job->c->macros[i].by && f->macros.v[i].s)
			used[bg_tu_inc_at(f, f->macros.v[i].s)->file] = true;
	return used;
}

static void add_source(struct judge *j, size_t file, const struct bg_f_inc *inc)
{
	struct source s = { .file = &j->job->f->files.v[file] };
	const char *says;

	bg_licence_text(j->job->f->text + inc->s, inc->e - inc->s, &s.says);
	s.place = bg_tu_place(j->job->f, inc->s + (uint32_t)s.says.at);
	says = s.says.spdx ? s.says.spdx : s.says.words;
	if (says && (bg_licence_parse(j->table, says, &s.is) || s.is.unknown))
		bg_licence_expr_done(&s.is);
	bg_vec_push(&j->sources, s);
}

static void read_sources(struct judge *j)
{
	const struct bg_tu *f = j->job->f;
	BG_CLEANUP(bg_freep) bool *used = used_files(j->job);

	for (size_t i = 0; i < f->incs.n; i++) {
		size_t file = f->incs.v[i].file;

		if (used[file])
			add_source(j, file, &f->incs.v[i]);
		used[file] = false;
	}
}

/* --- do they go together? */

/* The first that takes away the last common licence, and the one with which it does, or which took away the last but
 * its own. */
static void find_clash(struct judge *j)
{
	j->common = BG_LICENCE_ANY;
	for (size_t i = 0; i < j->sources.n; i++) {
		const struct source *s = &j->sources.v[i];

		if (!s->is.text) {
			j->unknown += !s->says.generated;
			continue;
		}
		if (j->common & s->is.under) {
			j->common &= s->is.under;
			continue;
		}
		for (size_t k = i; k-- > 0;) /* the first of those with which it alone does not go, else the last */
			if (j->sources.v[k].is.text && (!j->a || !(j->sources.v[k].is.under & s->is.under)))
				j->a = &j->sources.v[k];
		j->b = s;
		j->common = 0;
		return;
	}
}

static const char *path_of(const struct source *s)
{
	return s->place.path;
}

static json_t *place(const struct source *s)
{
	return json_pack("{s:o, s:i, s:o}", "file", text(path_of(s)), "line", (int)s->place.line, "spdx",
			 text(s->is.text));
}

/* Asks, unless that is answered. True when the question is open. */
static bool ask(struct judge *j, json_t *questions)
{
	BG_CLEANUP(bg_freep) char *id = bg_printf("BG%04u", BG_ID_ASK_LICENCE);
	struct bg_loc at = BG_AT(path_of(j->b), j->b->place.line, j->b->place.col);
	unsigned number;

	if (!j->b)
		return false;
	if (j->job->accept && bg_strv_has(j->job->accept, id))
		return false;
	number = bg_question(j->ds, BG_ID_ASK_LICENCE, at,
			     "'%s' is under %s and '%s' under %s, and no licence permits to pass on both in one file; "
			     "accept with %s",
			     path_of(j->b), j->b->is.text, path_of(j->a), j->a->is.text, id);
	bg_diag(j->ds, BG_NOTE, BG_ID_ASK_LICENCE, BG_AT(path_of(j->a), j->a->place.line, j->a->place.col),
		"the other licence, %s, is stated here", j->a->is.text);
	json_array_append_new(questions, json_pack("{s:i, s:s, s:s, s:o, s:i, s:[o, o]}", "number", (int)number, "name",
						   "licence", "kind", "licence", "file", text(path_of(j->b)), "line",
						   (int)j->b->place.line, "candidates", place(j->b), place(j->a)));
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_once(struct bg_strv *to, const char *s)
{
	if (!bg_strv_has(to, s))
		bg_strv_add(to, s);
}

/* All that the sources say, without a choice of which another source has made one. NULL: nothing is known. Caller
 * frees. */
static char *expression(const struct judge *j)
{
	struct bg_strv parts = { 0 }, kept = { 0 };
	struct bg_str out = { 0 };

	for (size_t i = 0; i < j->sources.n; i++)
		if (j->sources.v[i].is.choices.n == 1)
			add_once(&parts, j->sources.v[i].is.text);
	bg_strv_extend(&kept, &parts);
	for (size_t i = 0; i < j->sources.n; i++) {
		const struct bg_strv *choices = &j->sources.v[i].is.choices;
		bool made = choices->n < 2;

		for (size_t k = 0; k < choices->n && !made; k++)
			made = bg_strv_has(&parts, choices->v[k]);
		if (!made)
			add_once(&kept, j->sources.v[i].is.text);
	}
	if (kept.n)
		qsort(kept.v, kept.n, sizeof(*kept.v), by_text);
	for (size_t i = 0; i < kept.n; i++) {
		bool choice = kept.n > 1 && strstr(kept.v[i], " OR ") && kept.v[i][0] != '(';

		bg_str_addf(&out, "%s%s%s%s", i ? " AND " : "", choice ? "(" : "", kept.v[i], choice ? ")" : "");
	}
	bg_strv_done(&parts);
	bg_strv_done(&kept);
	return out.n ? bg_str_take(&out) : NULL;
}

/* --- what is not known */

char *bg_licence_file(const char *root)
{
	static const char *const names[] = { "LICENSE",	   "COPYING",	  "LICENSE.md", "LICENSE.txt",
					     "COPYING.md", "COPYING.txt", "LICENCE",	"LICENSES" };

	for (size_t i = 0; i < BG_ARRAY_SIZE(names); i++) {
		BG_CLEANUP(bg_freep) char *path = bg_join(root, names[i]);

		if (bg_exists(path))
			return bg_strdup(names[i]);
	}
	return NULL;
}

static void say_unknown(const struct judge *j)
{
	BG_CLEANUP(bg_freep) char *repository = bg_licence_file(j->job->root);
	const struct source *first = NULL;
	struct bg_str more = { 0 };
	size_t named = 0;

	for (size_t i = 0; i < j->sources.n; i++) {
		const struct source *s = &j->sources.v[i];

		if (s->is.text || s->says.generated)
			continue;
		if (!first)
			first = s;
		else if (++named < MAX_NAMED)
			bg_str_addf(&more, "%s'%s'", named == 1 ? "; nor in " : ", ", path_of(s));
	}
	if (!first)
		return;
	if (named >= MAX_NAMED)
		bg_str_addf(&more, " and %zu more", named - MAX_NAMED + 1);
	bg_diag(j->ds, BG_NOTE, BG_ID_LICENCE_UNKNOWN, BG_AT(path_of(first), first->place.line, first->place.col),
		"%s%s%s%s%s%s%s%s",
		first->says.spdx ? "what this file says of its licence is not understood: '"
				 : "no licence that is known here is stated in this file",
		first->says.spdx ? first->says.spdx : "", first->says.spdx ? "'" : "", more.s ? more.s : "",
		repository ? "; the repository has '" : "", repository ? repository : "", repository ? "'" : "",
		repository ? "" : "; the repository has no such file either");
	bg_str_done(&more);
}

/* --- SEC("license") */

/* The first string in a stretch of text, without its quotes; caller frees. */
static char *quoted(const char *t, size_t s, size_t e)
{
	const char *open = memchr(t + s, '"', e - s),
		   *close = open ? memchr(open + 1, '"', (size_t)(t + e - open - 1)) : NULL;

	return close ? bg_strndup(open + 1, (size_t)(close - open - 1)) : NULL;
}

/* The string of the last macro of a name before off; caller frees. */
static char *macro_string(const struct bg_tu *f, const char *name, uint32_t off)
{
	char *found = NULL;

	for (size_t i = f->macros.n; i-- > 0 && !found;) {
		const struct bg_f_macro *m = &f->macros.v[i];

		if (!m->is_def || m->s > off || !bg_streq(m->name, name))
			continue;
		found = m->cmdline ? quoted(m->cmdline, 0, strlen(m->cmdline)) : quoted(f->text, m->s, m->e);
	}
	return found;
}

/* The string that the kernel will read, NULL when there is none or it cannot be told. Caller frees. */
static char *licence_string(const struct judge *j, struct bg_place *at)
{
	const struct bg_tu *f = j->job->f;

	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];
		const struct bg_f_item *it = &f->items.v[d->item];
		const char *value = memchr(f->text + it->s, '=', it->e - it->s);
		BG_CLEANUP(bg_freep) char *name = NULL;
		char *string;
		size_t n = 0;

		if (d->kind != BG_DECL_VARIABLE || !bg_streq(d->section, "license") || !j->job->c->items[d->item].by)
			continue;
		*at = bg_tu_place(f, d->off);
		if (!value)
			return NULL;
		value += 1 + strspn(value + 1, " \t\r\n{");
		string = quoted(f->text, (size_t)(value - f->text), it->e);
		while (bg_ident_char(value[n]))
			n++;
		name = bg_strndup(value, n);
		return string ? string : macro_string(f, name, it->s);
	}
	return NULL;
}

/* license_is_gpl_compatible() in include/linux/license.h. */
static bool is_gpl_compatible(const char *s)
{
	static const char *const known[] = { "GPL",	     "GPL v2",	     "GPL and additional rights",
					     "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL" };

	for (size_t i = 0; i < BG_ARRAY_SIZE(known); i++)
		if (bg_streq(s, known[i]))
			return true;
	return false;
}

/* Names, one a line. False with a diagnostic when the table cannot be read. */
static bool gpl_helpers(struct bg_diags *ds, struct bg_strv *to)
{
	BG_CLEANUP(bg_freep)
	char *rules = bg_rules_dir(),
	     *path = bg_join(rules ? rules : "rules", "data/gpl-helpers.tsv");
	struct bg_str all = { 0 };
	bool ok = bg_read_file(path, 0, &all) == 0 && all.n;

	for (char *line = all.s; ok && *line; line += strcspn(line, "\n"), line += *line == '\n') {
		BG_CLEANUP(bg_freep) char *one = bg_strndup(line, strcspn(line, "\n"));

		if (*one && *one != '#')
			bg_strv_add(to, one);
	}
	bg_str_done(&all);
	if (!ok)
		bg_diag(ds, BG_ERROR, BG_ID_DATA, BG_AT(path, 0, 0),
			"cannot read the table of helpers that are for GPL programs");
	return ok;
}

/* The first call of what only GPL programs may call; 0: there is none. */
static uint32_t gpl_call(const struct judge *j, const struct bg_strv *helpers, const char **ret_name)
{
	const struct bg_tu *f = j->job->f;

	for (size_t i = 0; i < f->helpers.n; i++) {
		*ret_name = f->helpers.v[i].name;
		if (j->job->c->items[f->decls.v[f->helpers.v[i].function].item].by && bg_strv_has(helpers, *ret_name))
			return f->helpers.v[i].off;
	}
	for (size_t i = 0; i < f->calls.n; i++) {
		const struct bg_f_decl *caller = &f->decls.v[f->calls.v[i].caller],
				       *callee = &f->decls.v[f->calls.v[i].callee];

		*ret_name = callee->name;
		if (j->job->c->items[caller->item].by && bg_streq(callee->section, ".ksyms"))
			return f->calls.v[i].off;
	}
	return 0;
}

static bool check_string(const struct judge *j, const char *string, struct bg_place at)
{
	bg_licence_set gpl = bg_licence_bit(j->table, "GPL-2.0-only") | bg_licence_bit(j->table, "GPL-2.0-or-later");
	BG_CLEANUP(bg_freep) char *said = string ? bg_escape(string) : NULL, *is = expression(j);
	struct bg_strv helpers = { 0 };
	bool ok = gpl_helpers(j->ds, &helpers);
	const char *name = NULL;
	uint32_t off;

	if (is_gpl_compatible(string)) {
		if (is && !j->b && !(j->common & gpl))
			bg_diag(j->ds, BG_NOTE, BG_ID_LICENCE_STRING, BG_AT(at.path, at.line, at.col),
				"the program tells the kernel that it is under '%s'; its sources, under %s, may not be "
				"passed on under the kernel's licence",
				said, is);
	} else if (ok && j->job->is_program && (string || !at.path) && (off = gpl_call(j, &helpers, &name))) {
		struct bg_place call = bg_tu_place(j->job->f, off);

		bg_diag(j->ds, BG_WARNING, BG_ID_LICENCE_HELPER, BG_AT(call.path, call.line, call.col),
			"only a program whose SEC(\"license\") is GPL-compatible may call '%s': the kernel refuses one "
			"with %s%s%s",
			name, said ? "'" : "none", said ? said : "", said ? "'" : "");
	}
	bg_strv_done(&helpers);
	return ok;
}

/* --- report */

static json_t *strings(const struct bg_strv *sv)
{
	json_t *a = json_array();

	for (size_t i = 0; i < sv->n; i++)
		json_array_append_new(a, text(sv->v[i]));
	return a;
}

static json_t *sources(const struct judge *j)
{
	json_t *all = json_array();

	for (size_t i = 0; i < j->sources.n; i++) {
		const struct source *s = &j->sources.v[i];
		const char *from = s->says.spdx	       ? "spdx"
				   : s->says.words     ? "words"
				   : s->says.generated ? "generated"
						       : NULL;

		json_array_append_new(
			all, json_pack("{s:o, s:o, s:o, s:o, s:s?, s:o, s:s}", "file",
				       text(s->file->rel ? s->file->rel : s->file->path), "line",
				       s->says.spdx || s->says.words ? json_integer(s->place.line) : json_null(),
				       "spdx", text(s->says.spdx), "expression", text(s->is.text), "from", from,
				       "copyrights", strings(&s->says.copyrights), "sha256", s->file->sha.hex));
	}
	return all;
}

static json_t *report(const struct judge *j, const char *string, struct bg_place at, bool asked)
{
	BG_CLEANUP(bg_freep) char *is = expression(j);
	const char *verdict = j->b ? "clash" : j->unknown || !is ? "unknown" : "compatible";
	struct bg_strv names = { 0 };
	json_t *o = json_object();

	if (j->common != BG_LICENCE_ANY)
		bg_licence_names(j->table, j->common, &names);
	json_object_set_new(o, "verdict", json_string(verdict));
	json_object_set_new(o, "expression", text(is));
	json_object_set_new(o, "under", j->common == BG_LICENCE_ANY ? json_null() : strings(&names));
	json_object_set_new(o, "clash", j->b ? json_pack("[o, o]", place(j->b), place(j->a)) : json_null());
	json_object_set_new(o, "accepted", j->b ? json_boolean(!asked) : json_null());
	json_object_set_new(o, "string",
			    at.path ? json_pack("{s:o, s:o, s:i, s:b}", "value", text(string), "file", text(at.path),
						"line", (int)at.line, "gpl_compatible", is_gpl_compatible(string))
				    : json_null());
	json_object_set_new(o, "sources", sources(j));
	bg_strv_done(&names);
	return o;
}

json_t *bg_licence_judge(const struct bg_licence_job *job, struct bg_diags *ds, json_t *questions, bool *ret_asked)
{
	struct judge j = { .job = job, .ds = ds, .table = bg_licences_read(ds) };
	BG_CLEANUP(bg_freep) char *string = NULL;
	struct bg_place at = { 0 };
	json_t *o = NULL;

	*ret_asked = false;
	if (!j.table)
		return NULL;
	read_sources(&j);
	find_clash(&j);
	*ret_asked = j.b && ask(&j, questions);
	say_unknown(&j);
	string = licence_string(&j, &at);
	if (check_string(&j, string, at))
		o = report(&j, string, at, *ret_asked);
	for (size_t i = 0; i < j.sources.n; i++) {
		bg_licence_text_done(&j.sources.v[i].says);
		bg_licence_expr_done(&j.sources.v[i].is);
	}
	bg_vec_done(&j.sources);
	bg_licences_free(j.table);
	return o;
}
