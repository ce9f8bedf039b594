// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/userspace.h"

#include <fts.h>
#include <sys/stat.h>
#include <time.h>

#include "core/fs.h"
#include "core/log.h"
#include "extract/diag_ids.h"
#include "extract/lex.h"

#define MAX_FILES 20000
#define MAX_SIZE (1u << 20)             /* larger sources are generated: tables, embedded objects */
#define MAX_MS 2000
#define MAX_PLACES 3                    /* of each map */
#define MAX_NOTES 5

struct place { char *file; unsigned line, col; };

struct map {
	const char *name;               /* borrowed from facts */
	size_t n;
	struct place places[MAX_PLACES];
	size_t found;                   /* lines that name it, also those that are not listed */
};

struct source {
	char *path;                     /* relative */
	unsigned near;                  /* leading folders that it shares with the unit's file */
};

struct search {
	const struct bg_repo *repo;
	BG_VEC(struct map) maps;
	BG_VEC(struct source) sources;
	bool first[256];                /* bytes that a map's name begins with */
	bool too_many, too_slow;
};

static bool is_source(const char *name)
{
	static const char *const endings[] = { ".c",   ".h",   ".cc", ".cpp", ".cxx", ".hh",
					       ".hpp", ".hxx", ".go", ".py",  ".rs" };

	for (size_t i = 0; i < BG_ARRAY_SIZE(endings); i++)
		if (bg_ends(name, endings[i]))
			return !strstr(name, ".bpf.") && !bg_ends(name, "_kern.c") && !bg_ends(name, "_kern.h");
	return false;
}

/* Sources for the BPF target, whatever they are called: only those place things in sections by libbpf's macro. */
static bool is_bpf_text(const char *path, const struct bg_str *text)
{
	static const char helpers[] = "bpf_helpers.h", section[] = "SEC(\"";

	if (bg_ends(path, ".go") || bg_ends(path, ".py") || bg_ends(path, ".rs"))
		return false;
	return memmem(text->s, text->n, helpers, sizeof(helpers) - 1) ||
	       memmem(text->s, text->n, section, sizeof(section) - 1);
}

static bool in_unit(const struct bg_tu *f, const char *rel)
{
	for (size_t i = 0; i < f->files.n; i++)
		if (bg_streq(f->files.v[i].rel, rel))
			return true;
	return false;
}

static unsigned shared_folders(const char *a, const char *b)
{
	unsigned n = 0;

	for (; *a && *a == *b; a++, b++)
		n += *a == '/';
	return n;
}

static int by_nearness(const void *x, const void *y)
{
	const struct source *a = x, *b = y;

	if (a->near != b->near)
		return a->near > b->near ? -1 : 1;
	return strcmp(a->path, b->path);
}

/* Regular files only: symbolic links are not followed. Hidden folders hold no sources. */
static void list_sources(struct search *s, const struct bg_tu *f)
{
	const char *rel = f->files.v[f->incs.v[0].file].rel, *main = rel ? rel : "";
	char *roots[] = { s->repo->root, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	size_t skip = strlen(s->repo->root) + 1;
	FTSENT *e;

	while (tree && !s->too_many && (e = fts_read(tree))) {
		if (e->fts_info == FTS_D && e->fts_level > 0 && e->fts_name[0] == '.')
			fts_set(tree, e, FTS_SKIP);
		if (e->fts_info != FTS_F || e->fts_statp->st_size > MAX_SIZE || !is_source(e->fts_name) ||
		    in_unit(f, e->fts_path + skip))
			continue;
		bg_vec_push(&s->sources,
			    (struct source){ bg_strdup(e->fts_path + skip), shared_folders(e->fts_path + skip, main) });
		s->too_many = s->sources.n == MAX_FILES;
	}
	if (tree)
		fts_close(tree);
	if (s->sources.n)
		qsort(s->sources.v, s->sources.n, sizeof(*s->sources.v), by_nearness);
}

static void list_maps(struct search *s, const struct bg_tu *f, const struct bg_closure *c)
{
	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];
		bool known = !d->is_map || !c->items[d->item].by;

		for (size_t k = 0; k < s->maps.n && !known; k++)
			known = bg_streq(s->maps.v[k].name, d->name);
		if (known || !*d->name)
			continue;
		bg_vec_push(&s->maps, (struct map){ .name = d->name, .n = strlen(d->name) });
		s->first[(unsigned char)d->name[0]] = true;
	}
}

/* What begins a comment, where it is the first thing of a line. */
static bool in_comment(const char *line, const char *path)
{
	line += strspn(line, " \t");
	return bg_starts(line, "//") || bg_starts(line, "/*") || *line == '*' || (bg_ends(path, ".py") && *line == '#');
}

/* "name", or a path that ends in it; line is where the line begins. */
static bool is_quoted(const char *line, const char *s, const char *e, const char *path)
{
	bool quote = *e == '"' || *e == '`' || (*e == '\'' && bg_ends(path, ".py"));

	if (!quote || s == line)
		return false;
	return s[-1] == *e || (s[-1] == '/' && memchr(line, *e, (size_t)(s - line)));
}

/* What a skeleton calls it: skel->maps.name, skel.maps().name(), skel.maps_mut().name(). */
static bool is_member(const char *line, const char *s)
{
	static const char *const before[] = { "maps.", "maps->", "maps().", "maps_mut()." };

	for (size_t i = 0; i < BG_ARRAY_SIZE(before); i++) {
		size_t n = strlen(before[i]);

		if ((size_t)(s - line) >= n && memcmp(s - n, before[i], n) == 0 &&
		    ((size_t)(s - line) == n || !bg_ident_char(s[-(ptrdiff_t)n - 1])))
			return true;
	}
	return false;
}

static void add_place(struct map *m, const char *path, unsigned line, unsigned col)
{
	const struct place *last = m->found && m->found <= MAX_PLACES ? &m->places[m->found - 1] : NULL;

	if (last && last->line == line && strcmp(last->file, path) == 0)
		return;
	if (m->found < MAX_PLACES)
		m->places[m->found] = (struct place){ bg_strdup(path), line, col };
	m->found++;
}

/* One pass over a file's words. */
static void search_text(struct search *s, const char *path, const struct bg_str *text)
{
	const char *line = text->s, *end = text->s + text->n;
	unsigned number = 1;

	for (const char *p = text->s; p < end;) {
		const char *word = p;

		if (!bg_ident_char(*p)) {
			if (*p++ == '\n') {
				line = p;
				number++;
			}
			continue;
		}
		while (p < end && bg_ident_char(*p))
			p++;
		for (size_t i = 0; s->first[(unsigned char)*word] && i < s->maps.n; i++) {
			struct map *m = &s->maps.v[i];

			if (m->n == (size_t)(p - word) && memcmp(m->name, word, m->n) == 0 &&
			    (is_quoted(line, word, p, path) || is_member(line, word)) && !in_comment(line, path))
				add_place(m, path, number, (unsigned)(word - line) + 1);
		}
	}
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* How many sources were looked at before the time was over. */
static size_t search_sources(struct search *s)
{
	long long until = now_ms() + MAX_MS;
	size_t i;

	for (i = 0; i < s->sources.n; i++) {
		BG_CLEANUP(bg_freep) char *path = bg_join(s->repo->root, s->sources.v[i].path);
		struct bg_str text = { 0 };

		s->too_slow = now_ms() > until;
		if (s->too_slow)
			break;
		if (bg_read_file(path, MAX_SIZE, &text) == 0 && text.n && !memchr(text.s, '\0', text.n) &&
		    !is_bpf_text(path, &text))
			search_text(s, s->sources.v[i].path, &text);
		bg_str_done(&text);
	}
	return i;
}

static json_t *note_map(const struct map *m, bool quiet, struct bg_diags *ds)
{
	size_t listed = m->found < MAX_PLACES ? m->found : MAX_PLACES;
	json_t *places = json_array();
	struct bg_str text = { 0 };

	for (size_t i = 0; i < listed; i++) {
		const struct place *p = &m->places[i];
		BG_CLEANUP(bg_freep) char *file = bg_escape(p->file);

		if (i)
			bg_str_addf(&text, "%s%s:%u", i > 1 ? ", " : ", also at ", file, p->line);
		json_array_append_new(places, json_pack("{s:s, s:i}", "file", file, "line", (int)p->line));
	}
	if (m->found > listed)
		bg_str_addf(&text, " and %zu more place%s", m->found - listed, m->found - listed > 1 ? "s" : "");
	if (!quiet)
		bg_diag(ds, BG_NOTE, BG_ID_MAP_IN_USER_SPACE,
			BG_AT(m->places[0].file, m->places[0].line, m->places[0].col),
			"user space names the map '%s' here%s", m->name, text.s ? text.s : "");
	bg_str_done(&text);
	return json_pack("{s:s, s:o, s:I}", "map", m->name, "places", places, "more", (json_int_t)(m->found - listed));
}

static json_t *report(const struct search *s, size_t looked_at, struct bg_diags *ds)
{
	json_t *all = json_array();
	size_t n;

	for (size_t i = 0; i < s->maps.n; i++)
		if (s->maps.v[i].found)
			json_array_append_new(all, note_map(&s->maps.v[i], json_array_size(all) >= MAX_NOTES, ds));
	n = json_array_size(all);
	if (n > MAX_NOTES)
		bg_diag(ds, BG_NOTE, BG_ID_MAP_IN_USER_SPACE, BG_NOWHERE,
			"user space names %zu more map%s of the unit; extract.json lists them", n - MAX_NOTES,
			n - MAX_NOTES > 1 ? "s" : "");
	if (s->too_slow || s->too_many)
		bg_diag(ds, BG_NOTE, BG_ID_LIMIT, BG_NOWHERE,
			"not all of the repository was looked through for what user space does with the maps: %zu "
			"sources were, those nearest to the unit first",
			looked_at);
	return all;
}

json_t *bg_userspace_maps(const struct bg_repo *repo, const struct bg_tu *f, const struct bg_closure *c,
			  struct bg_diags *ds)
{
	struct search s = { .repo = repo };
	size_t looked_at = 0;
	json_t *all;

	list_maps(&s, f, c);
	if (s.maps.n) {
		bg_progress("looking for maps in user space");
		list_sources(&s, f);
		looked_at = search_sources(&s);
	}
	all = report(&s, looked_at, ds);
	for (size_t i = 0; i < s.maps.n; i++)
		for (size_t k = 0; k < MAX_PLACES; k++)
			free(s.maps.v[i].places[k].file);
	for (size_t i = 0; i < s.sources.n; i++)
		free(s.sources.v[i].path);
	bg_vec_done(&s.maps);
	bg_vec_done(&s.sources);
	return all;
}
