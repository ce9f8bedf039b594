// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/answers.h"

#include "extract/diag_ids.h"
#include "extract/excerpt.h"
#include "extract/questions.h"
#include "extract/units.h"

#define MAX_PARSED 8 /* sources that are looked at for one name */

static bool is_external(const struct bg_tu *f, const struct bg_f_decl *d)
{
	return d->is_def && !d->is_static && (d->kind == BG_DECL_FUNCTION || d->kind == BG_DECL_VARIABLE) &&
	       !f->items.v[d->item].is_licence;
}

static const struct bg_f_decl *definition(const struct bg_tu *f, const char *name)
{
	for (size_t i = 0; i < f->decls.n; i++)
		if (is_external(f, &f->decls.v[i]) && bg_streq(f->decls.v[i].name, name))
			return &f->decls.v[i];
	return NULL;
}

/* A source for the kernel's machine: it says so by its headers, its sections or its name. */
static bool is_bpf_source(const struct bg_tu *f, const char *file)
{
	static const char *const headers[] = { "/bpf_helpers.h", "/vmlinux.h", "/linux/bpf.h" };

	for (size_t i = 0; i < f->files.n; i++)
		for (size_t k = 0; k < BG_ARRAY_SIZE(headers); k++)
			if (bg_ends(f->files.v[i].path, headers[k]))
				return true;
	for (size_t i = 0; i < f->decls.n; i++)
		if (f->decls.v[i].section)
			return true;
	return bg_ends(file, ".bpf.c");
}

/* Whether a linker would take both: nothing is defined twice. */
static bool can_link(const struct bg_tu *a, const struct bg_tu *b)
{
	for (size_t i = 0; i < b->decls.n; i++)
		if (is_external(b, &b->decls.v[i]) && definition(a, b->decls.v[i].name))
			return false;
	return true;
}

struct source {
	char *file;
	struct bg_tu *f;
};
struct sources {
	struct source *v;
	size_t n, cap;
};

static const struct bg_tu *source_of(const struct sources *ss, const char *file)
{
	for (size_t i = 0; i < ss->n; i++)
		if (bg_streq(ss->v[i].file, file))
			return ss->v[i].f;
	return NULL;
}

static void sources_done(struct sources *ss)
{
	for (size_t i = 0; i < ss->n; i++) {
		free(ss->v[i].file);
		bg_tu_free(ss->v[i].f);
	}
	bg_vec_done(ss);
}

/* Facts of a source, parsed once; NULL when it does not parse with these flags. */
static const struct bg_tu *parse(const struct bg_answers_of *of, struct sources *ss, const char *file)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *own = bg_diags_new();
	BG_CLEANUP(bg_strv_done) struct bg_strv flags = { 0 };
	struct bg_tu *f = NULL;

	for (size_t i = 0; i < ss->n; i++)
		if (bg_streq(ss->v[i].file, file))
			return ss->v[i].f;
	bg_strv_extend(&flags, of->flags);
	if (bg_units_facts(of->ix, of->repo, file, &flags, own, &f))
		f = NULL;
	bg_vec_push(ss, (struct source){ bg_strdup(file), f });
	return f;
}

static bool agrees(const struct sources *ss, const struct bg_answers *answers, const char *file, const struct bg_tu *f)
{
	for (size_t i = 0; i < answers->n; i++) {
		const struct bg_tu *other = source_of(ss, answers->v[i].file);

		if (other && strcmp(answers->v[i].file, file) && !can_link(other, f))
			return false;
	}
	return true;
}

/* The one source that defines name and can be linked; NULL: none, or more than one, or more than could be looked at. */
static const struct bg_f_decl *only_one(const struct bg_answers_of *of, const struct bg_tu *main,
					const struct bg_f_decl *wanted, struct sources *ss,
					const struct bg_answers *answers, const char **ret_file)
{
	const struct bg_f_decl *found = NULL;
	struct bg_places places = { 0 };
	struct bg_strv tried = { 0 };

	if (bg_questions_places(of->repo, wanted->name, wanted->kind == BG_DECL_FUNCTION,
				&places)) /* not all of them are known */
		goto out;
	for (size_t i = 0; i < places.n; i++) {
		const struct bg_tu *f;
		const struct bg_f_decl *d;

		if (!bg_ends(places.v[i].file, ".c") || bg_strv_has(&tried, places.v[i].file))
			continue;
		bg_strv_add(&tried, places.v[i].file);
		f = tried.n <= MAX_PARSED ? parse(of, ss, places.v[i].file) : NULL;
		d = f ? definition(f, wanted->name) : NULL;
		if (tried.n <= MAX_PARSED && (!d || d->kind != wanted->kind || !is_bpf_source(f, places.v[i].file) ||
					      !can_link(main, f) || !agrees(ss, answers, places.v[i].file, f)))
			continue;
		if (found || tried.n > MAX_PARSED) {
			found = NULL;
			break;
		}
		found = d;
		for (size_t k = 0; k < ss->n; k++)
			if (ss->v[k].f == f)
				*ret_file = ss->v[k].file;
	}
out:
	bg_places_done(&places);
	bg_strv_done(&tried);
	return found;
}

static bool answered(const struct bg_answers *answers, const char *name)
{
	for (size_t i = 0; i < answers->n; i++)
		if (bg_streq(answers->v[i].name, name))
			return true;
	return false;
}

/* Until nothing more is found: a file that one name needs for certain can decide which of several another name means.
 */
size_t bg_answers_find(const struct bg_answers_of *of, const struct bg_tu *f, const struct bg_closure *c,
		       struct bg_answers *answers, struct bg_diags *ds)
{
	struct bg_decls names = { 0 };
	struct sources ss = { 0 };
	size_t before = answers->n, at;

	bg_questions_undefined(f, c, &names);
	do {
		at = answers->n;
		for (size_t i = 0; i < names.n; i++) {
			const struct bg_f_decl *d = &f->decls.v[names.v[i]], *found;
			const char *file = NULL;
			struct bg_place p;

			if (answered(answers, d->name) || !(found = only_one(of, f, d, &ss, answers, &file)))
				continue;
			p = bg_tu_place(source_of(&ss, file), found->off);
			bg_vec_push(answers, (struct bg_answer){ bg_strdup(d->name), bg_strdup(p.path), p.line, true,
								 BG_NOWHERE });
			bg_diag(ds, BG_NOTE, BG_ID_TAKEN, BG_AT(p.path, p.line, p.col),
				"'%s' is taken from here: no other BPF source that could be linked with this one "
				"defines it",
				d->name);
		}
	} while (answers->n > at);
	bg_vec_done(&names);
	sources_done(&ss);
	return answers->n - before;
}

int bg_answers_given(const struct bg_repo *repo, const struct bg_spec_extract *what, struct bg_diags *ds,
		     struct bg_answers *ret)
{
	for (size_t i = 0; i < what->resolve.n; i++) {
		const struct bg_spec_pair *a = &what->resolve.v[i];
		BG_CLEANUP(bg_freep) char *function = NULL;
		struct bg_answer x = { .at = a->at, .found = a->found };
		bool split = bg_spec_split_at(a->value, &x.file, &x.line, &function) && x.line,
		     there = split && bg_units_file_ok(repo, x.file);

		if (there) {
			x.name = bg_strdup(a->name);
			bg_vec_push(ret, x);
			continue;
		}
		if (split)
			bg_diag(ds, BG_ERROR, BG_ID_ASK_ANSWER, a->at, "there is no definition of '%s' at %s", a->name,
				a->value);
		else
			bg_diag(ds, BG_ERROR, BG_ID_ASK_ANSWER, a->at, "the answer for '%s' must be file:line",
				a->name);
		free(x.file);
		return -EINVAL;
	}
	return 0;
}

/* The definition that an answer means: the one of its name at its line. UINT32_MAX: there is none. */
static uint32_t item_of(const struct bg_tu *f, const struct bg_answer *a)
{
	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];
		const struct bg_f_item *it = &f->items.v[d->item];
		struct bg_place from, to;

		if (!is_external(f, d) || !bg_streq(d->name, a->name))
			continue;
		from = bg_tu_place(f, it->s);
		to = bg_tu_place(f, it->e ? it->e - 1 : 0);
		if (bg_streq(from.path, a->file) && from.line <= a->line && a->line <= to.line)
			return d->item;
	}
	return UINT32_MAX;
}

/* What stands for one file: the answers in it with what they need. NULL with a diagnostic. */
static char *excerpt(const struct bg_answers_of *of, const struct bg_tu *main, const struct bg_answers *answers,
		     size_t first, struct sources *ss, struct bg_diags *ds)
{
	const char *file = answers->v[first].file;
	const struct bg_tu *f = parse(of, ss, file);
	BG_VEC(uint32_t) roots = { 0 };
	char *path = NULL;

	for (size_t i = first; i < answers->n; i++) {
		const struct bg_answer *a = &answers->v[i];
		uint32_t item;

		if (strcmp(a->file, file))
			continue;
		item = f ? item_of(f, a) : UINT32_MAX;
		if (item == UINT32_MAX) {
			bg_diag(ds, BG_ERROR, BG_ID_ASK_ANSWER, a->at,
				f ? "there is no definition of '%s' at %s:%u"
				  : "'%s' cannot be taken from %s:%u: that file does not compile with the flags of "
				    "this extract",
				a->name, file, a->line);
			goto out;
		}
		bg_vec_push(&roots, item);
	}
	path = bg_excerpt_write(f, roots.v, roots.n, main, ds);
out:
	bg_vec_done(&roots);
	return path;
}

static bool seen_before(const struct bg_answers *answers, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (bg_streq(answers->v[i].file, answers->v[at].file))
			return true;
	return false;
}

static char *answers_dir(void)
{
	BG_CLEANUP(bg_freep) char *cache = bg_cache_dir();

	return cache ? bg_join(cache, "answered") : NULL;
}

static char *write_source(const struct bg_str *text, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *dir = answers_dir(), *path = NULL;
	struct bg_hash h = bg_sha256(text->s, text->n);
	int err = dir ? bg_mkdirs(dir) : -ENOENT;

	path = bg_printf("%s/%.16s.c", dir ? dir : "", h.hex);
	if (!err && !bg_exists(path))
		err = bg_write_file(path, text->s, text->n);
	if (err)
		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the answered source");
	return err ? NULL : BG_TAKE(path);
}

char *bg_answers_source(const struct bg_answers_of *of, const struct bg_answers *answers, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *whole = bg_join(of->repo->root, of->main);
	BG_CLEANUP(bg_str_done) struct bg_str text = { 0 };
	struct sources ss = { 0 };
	const struct bg_tu *main = parse(of, &ss, of->main);
	bool ok = true;

	bg_str_addf(&text, "#include \"%s\"\n", whole);
	for (size_t i = 0; i < answers->n && ok; i++) {
		BG_CLEANUP(bg_freep) char *path = NULL;

		if (seen_before(answers, i))
			continue;
		path = excerpt(of, main, answers, i, &ss, ds);
		ok = path != NULL;
		if (ok)
			bg_str_addf(&text, "#include \"%s\"\n", path);
	}
	sources_done(&ss);
	return ok ? write_source(&text, ds) : NULL;
}

bool bg_answers_is_source(const char *path)
{
	BG_CLEANUP(bg_freep) char *dir = answers_dir();

	return dir && bg_inside(path, dir);
}

json_t *bg_answers_json(const struct bg_answers *answers)
{
	json_t *all = json_array();

	for (size_t i = 0; i < answers->n; i++) {
		const struct bg_answer *a = &answers->v[i];

		json_array_append_new(all, json_pack("{s:s, s:s, s:i, s:b}", "name", a->name, "file", a->file, "line",
						     (int)a->line, "found", a->found));
	}
	return all;
}

static void answer_done(struct bg_answer *a)
{
	free(a->name);
	free(a->file);
}

void bg_answers_drop_found(struct bg_answers *answers)
{
	size_t n = 0;

	for (size_t i = 0; i < answers->n; i++) {
		if (answers->v[i].found)
			answer_done(&answers->v[i]);
		else
			answers->v[n++] = answers->v[i];
	}
	answers->n = n;
}

void bg_answers_done(struct bg_answers *answers)
{
	for (size_t i = 0; i < answers->n; i++)
		answer_done(&answers->v[i]);
	bg_vec_done(answers);
}
