// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/questions.h"

#include "extract/diag_ids.h"
#include "extract/emit.h"
#include "extract/lex.h"

#define MAX_CANDIDATES 20

static bool is_defined(const struct bg_tu *f, const char *name)
{
	for (size_t i = 0; i < f->decls.n; i++)
		if (f->decls.v[i].is_def && bg_streq(f->decls.v[i].name, name) &&
		    (f->decls.v[i].kind == BG_DECL_FUNCTION || f->decls.v[i].kind == BG_DECL_VARIABLE))
			return true;
	return false;
}

/* The kernel or libbpf resolves these at load time. */
static bool is_resolved_later(const struct bg_f_decl *d)
{
	return bg_streq(d->section, ".ksyms") || bg_streq(d->section, ".kconfig");
}

/* Whether something of the unit uses the name; a declaration can be in because it shares a line with something else. */
static bool is_used(const struct bg_tu *f, const struct bg_closure *c, size_t decl)
{
	for (size_t i = 0; i < f->refs.n; i++)
		if (f->refs.v[i].to == f->decls.v[decl].item && c->items[f->refs.v[i].from].by)
			return true;
	return false;
}

struct candidate { char *file; unsigned line; };

/* "path:line:text" as grep prints it. */
static bool parse_hit(const char *hit, struct candidate *ret)
{
	const char *colon = strchr(hit, ':');

	if (!colon)
		return false;
	ret->file = bg_strndup(hit, (size_t)(colon - hit));
	ret->line = (unsigned)strtoul(colon + 1, NULL, 10);
	return true;
}

/* Lines that look like a definition of name: of a map or variable, or of a function. */
static void find_definitions(const struct bg_repo *repo, const char *name, bool function, struct bg_strv *hits)
{
	BG_CLEANUP(bg_freep) char *regex = function ?
		bg_printf("^((SEC|__section|__attribute__)[[:space:]]*\\(.*\\)[[:space:]]*)?([A-Za-z_][^;=(]*[^A-Za-z0-9_(])?%s[[:space:]]*\\([^;]*$",
			  name) :
		bg_printf("^([A-Za-z_}][^;=(]*[^A-Za-z0-9_(])?%s[[:space:]]*(SEC\\(|__section|=|\\[|;)", name);
	struct bg_strv raw = { 0 };

	bg_repo_grep(repo, regex, 4 * MAX_CANDIDATES, &raw);
	for (size_t i = 0; i < raw.n && hits->n < MAX_CANDIDATES; i++) {
		const char *text = strchr(raw.v[i], ':');

		text = text ? strchr(text + 1, ':') : NULL;
		if (text && !bg_starts(text + 1, "extern") && !bg_starts(text + 1, "return") && !bg_starts(text + 1, "else"))
			bg_strv_add(hits, raw.v[i]);
	}
	bg_strv_done(&raw);
}

static json_t *candidates(const struct bg_repo *repo, const struct bg_f_decl *d, unsigned id, struct bg_diags *ds)
{
	json_t *list = json_array();
	struct bg_strv hits = { 0 };

	find_definitions(repo, d->name, d->kind == BG_DECL_FUNCTION, &hits);
	for (size_t i = 0; i < hits.n; i++) {
		struct candidate c;

		if (!parse_hit(hits.v[i], &c))
			continue;
		bg_diag(ds, BG_NOTE, id, BG_AT(c.file, c.line, 1), "a candidate; answer with 'resolve: {%s: %s:%u}'", d->name, c.file, c.line);
		json_array_append_new(list, json_pack("{s:s%, s:i}", "file", c.file, strlen(c.file), "line", (int)c.line));
		free(c.file);
	}
	if (!hits.n)
		bg_diag(ds, BG_NOTE, id, BG_NOWHERE, "no C file of the repository seems to define '%s'", d->name);
	bg_strv_done(&hits);
	return list;
}

size_t bg_questions_ask(const struct bg_tu *f, const struct bg_closure *c, const struct bg_repo *repo, struct bg_diags *ds,
			json_t *ret_json)
{
	struct bg_strv asked = { 0 };
	size_t n;

	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];
		bool map = d->is_map;
		struct bg_place p;
		unsigned number;

		if ((d->kind != BG_DECL_FUNCTION && d->kind != BG_DECL_VARIABLE) || !c->items[d->item].by || d->is_def ||
		    is_resolved_later(d) || is_defined(f, d->name) || bg_strv_has(&asked, d->name) || !is_used(f, c, i))
			continue;
		bg_strv_add(&asked, d->name);
		p = bg_tu_place(f, d->off);
		if (map)
			number = bg_question(ds, BG_ID_ASK_MAP, BG_AT(p.path, p.line, p.col),
					     "the map '%s' has no definition in this translation unit; which one is meant?", d->name);
		else
			number = bg_question(ds, BG_ID_ASK_NAME, BG_AT(p.path, p.line, p.col),
					     "'%s' is declared here, but defined in another file; which one is meant?", d->name);
		json_array_append_new(ret_json, json_pack("{s:i, s:s, s:s, s:s?, s:i, s:o}", "number", (int)number, "name", d->name, "kind",
							  map ? "map" : d->kind == BG_DECL_FUNCTION ? "function" : "variable", "file", p.path, "line",
							  (int)p.line, "candidates", candidates(repo, d, map ? BG_ID_ASK_MAP : BG_ID_ASK_NAME, ds)));
	}
	n = asked.n;
	bg_strv_done(&asked);
	return n;
}

/* The top-level declaration of text that covers a line: [*s, *e). False when the line is between declarations. */
static bool declaration_at(const char *text, size_t n, unsigned line, uint32_t *s, uint32_t *e)
{
	struct bg_lexed lx = { 0 };
	uint32_t start = UINT32_MAX, line_s = 0, line_e;
	bool found = false, params = false;
	int nest = 0;

	for (unsigned at = 1; at < line && line_s < n; line_s++)
		at += text[line_s] == '\n';
	line_e = (uint32_t)(strchrnul(text + line_s, '\n') - text);
	bg_lex(text, 0, (uint32_t)n, &lx);
	for (size_t i = 0; i < lx.toks.n && !found; i++) {
		const struct bg_tok *t = &lx.toks.v[i];
		char ch = t->kind == BG_TOK_PUNCT ? text[t->s] : 0;

		start = start == UINT32_MAX ? t->s : start;
		nest += ch == '(' || ch == '{' || ch == '[';
		nest -= ch == ')' || ch == '}' || ch == ']';
		params = params || (ch == ')' && nest == 0);
		if (nest == 0 && (ch == ';' || (ch == '}' && params))) { /* a body after parameters ends a function */
			found = start <= line_e && t->e > line_s;
			*s = start;
			*e = t->e;
			start = UINT32_MAX;
			params = false;
		}
	}
	bg_lexed_done(&lx);
	return found;
}

static bool add_answer(const struct bg_repo *repo, const struct bg_spec_pair *a, struct bg_diags *ds, struct bg_str *out)
{
	BG_CLEANUP(bg_freep) char *file = NULL, *function = NULL, *path = NULL, *definition = NULL;
	struct bg_str text = { 0 };
	unsigned line = 0;
	uint32_t s, e;
	bool ok;

	if (!bg_spec_split_at(a->value, &file, &line, &function) || !line) {
		bg_diag(ds, BG_ERROR, BG_ID_ASK_ANSWER, a->at, "the answer for '%s' must be file:line", a->name);
		return false;
	}
	path = bg_join(repo->root, file);
	ok = file[0] != '/' && bg_inside(path, repo->root) && bg_read_file(path, 0, &text) == 0 && declaration_at(text.s, text.n, line, &s, &e);
	if (ok) {
		definition = bg_strndup(text.s + s, e - s);
		ok = strstr(definition, a->name) != NULL;
	}
	if (ok) {
		struct bg_strv copyrights = { 0 };
		BG_CLEANUP(bg_freep) char *spdx = bg_emit_licence(text.s, text.n, &copyrights);

		bg_str_addf(out, "\n/*\n * The spec's answer for '%s': %s:%u\n * Licence of that file: %s\n", a->name, file, line,
			    spdx ? spdx : "no SPDX line");
		for (size_t i = 0; i < copyrights.n; i++)
			bg_str_addf(out, " * %s\n", copyrights.v[i]);
		bg_str_addf(out, " */\n%s\n", definition);
		bg_strv_done(&copyrights);
	}
	if (!ok)
		bg_diag(ds, BG_ERROR, BG_ID_ASK_ANSWER, a->at, "there is no definition of '%s' at %s", a->name, a->value);
	bg_str_done(&text);
	return ok;
}

char *bg_questions_answered(const struct bg_repo *repo, const char *main, const struct bg_spec_extract *what, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *cache = bg_cache_dir(), *dir = cache ? bg_join(cache, "answered") : NULL;
	BG_CLEANUP(bg_freep) char *path = NULL, *whole = bg_join(repo->root, main);
	struct bg_str out = { 0 };
	struct bg_hash h;
	bool ok = true;
	int err;

	bg_str_addf(&out, "#include \"%s\"\n", whole);
	for (size_t i = 0; i < what->resolve.n && ok; i++)
		ok = add_answer(repo, &what->resolve.v[i], ds, &out);
	if (ok && dir) {
		h = bg_sha256(out.s, out.n);
		path = bg_printf("%s/%.16s.c", dir, h.hex);
		err = bg_mkdirs(dir);
		if (!err && !bg_exists(path))
			err = bg_write_file(path, out.s, out.n);
		if (err) {
			bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the answered source");
			ok = false;
		}
	}
	bg_str_done(&out);
	return ok ? BG_TAKE(path) : NULL;
}

bool bg_questions_is_answer(const char *path)
{
	BG_CLEANUP(bg_freep) char *cache = bg_cache_dir(), *dir = cache ? bg_join(cache, "answered") : NULL;

	return dir && bg_inside(path, dir);
}

size_t bg_questions_namesakes(const struct bg_repo *repo, const char *function, const char *file, struct bg_diags *ds)
{
	struct bg_strv hits = { 0 };
	size_t n = 0;

	find_definitions(repo, function, true, &hits);
	for (size_t i = 0; i < hits.n; i++) {
		struct candidate c;

		if (!parse_hit(hits.v[i], &c))
			continue;
		if (strcmp(c.file, file)) {
			n++;
			bg_diag(ds, BG_NOTE, BG_ID_SAME_NAME, BG_AT(c.file, c.line, 1), "another '%s' is defined here; the one of %s was taken", function, file);
		}
		free(c.file);
	}
	bg_strv_done(&hits);
	return n;
}
