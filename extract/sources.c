// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/sources.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/fs.h"
#include "extract/computed.h"
#include "extract/diag_ids.h"
#include "extract/made.h"

#define LARGE (512u << 10)              /* bytes from which on a header is not read here */
#define MAX_FILES 2000

static void add_folders(struct bg_sources *s, const struct bg_strv *args)
{
	static const char *const options[] = { "-iquote", "-I", "-isystem", "-idirafter" };    /* in clang's order */
	static const char *const more[] = { "/usr/local/include", "/usr/include" };

	for (size_t o = 0; o < BG_ARRAY_SIZE(options); o++) {
		if (o == 3)
			for (size_t i = 0; i < BG_ARRAY_SIZE(more); i++)
				bg_strv_add(&s->angled, more[i]);
		for (size_t i = 0; i < args->n; i++) {
			const char *value = bg_starts(args->v[i], options[o]) ? args->v[i] + strlen(options[o]) : NULL;

			if (value && !*value && i + 1 < args->n)
				value = args->v[++i];
			if (value && *value)
				bg_strv_add(o ? &s->angled : &s->quoted, value);
		}
	}
}

static void add_file(struct bg_sources *s, const char *path, off_t size)
{
	BG_CLEANUP(bg_freep) char *real = bg_realpath_known(&s->known, path);
	struct bg_source f = { .system = false };

	if (!real || s->files.n >= MAX_FILES || bg_streq(s->large, real))
		return;
	for (size_t i = 0; i < s->files.n; i++)
		if (strcmp(s->files.v[i].path, real) == 0)
			return;
	f.system = bg_starts(real, "/usr/");
	if (!f.system && size >= LARGE && bg_ends(real, ".h")) {
		if (!s->large) /* the first of them only */
			s->large = BG_TAKE(real);
		return;
	}
	if (bg_read_file(real, 0, &f.text))
		return;
	f.path = BG_TAKE(real);
	bg_vec_push(&s->files, f);
}

/* /dev/null is an empty file to whoever reads it, and an idiom of build files. */
static bool ends(const struct stat *st)
{
	return S_ISREG(st->st_mode) || (S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3));
}

/* An #include: in which file, and the offset of its line there; or a flag of the command line, then by is NULL. */
struct place { const char *by; const char *text; size_t off; };

static void note_endless(struct bg_sources *s, const char *path, const struct place *at)
{
	if (s->endless.path)
		return;
	s->endless.path = bg_strdup(path);
	if (!at->by)
		return;
	s->endless.by = bg_strdup(at->by);
	s->endless.line = 1;
	for (size_t i = 0; i < at->off; i++)
		s->endless.line += at->text[i] == '\n';
}

static void add_included(struct bg_sources *s, const char *dir, const char *name, bool quoted, const struct place *at)
{
	BG_CLEANUP(bg_freep) char *sought = bg_printf("%s\n%s", quoted ? dir : "", name);

	if (bg_strv_has(&s->sought, sought))
		return;
	bg_strv_add(&s->sought, sought);
	for (size_t i = 0; i < 1 + s->quoted.n + s->angled.n; i++) {
		const char *folder = !i			? dir
				     : i <= s->quoted.n ? s->quoted.v[i - 1]
							: s->angled.v[i - 1 - s->quoted.n];
		BG_CLEANUP(bg_freep) char *path = NULL;
		struct stat st;

		if (i <= s->quoted.n && !quoted)
			continue;
		path = bg_join(folder, name);
		if (stat(path, &st) < 0 || S_ISDIR(st.st_mode))
			continue;
		if (ends(&st))
			add_file(s, path, st.st_size);
		else
			note_endless(s, path, at);
		return;
	}
}

static bool names_file(const char *directive)
{
	return bg_starts(directive, "include") || bg_starts(directive, "import") || bg_starts(directive, "embed");
}

/* Conditions are not looked at: what a condition leaves out only makes the guess wider. */
static void add_includes_of(struct bg_sources *s, size_t file)
{
	struct place at = { .by = s->files.v[file].path, .text = s->files.v[file].text.s };
	BG_CLEANUP(bg_freep) char *dir = bg_dirname(at.by);

	for (const char *p = at.text; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : p) {
		const char *q = p + strspn(p, " \t"), *e;

		if (*q != '#')
			continue;
		q = q + 1 + strspn(q + 1, " \t");
		if (!names_file(q))
			continue;
		e = q + strcspn(q, "< \t\"\n");
		e += strspn(e, " \t");
		if (bg_ident_char(*e)) {
			bg_vec_push(&s->computed,
				    (struct bg_computed_include){ .file = file,
								  .off = (size_t)(p - at.text),
								  .operand = bg_strndup(e, strcspn(e, "\n")) });
			continue;
		}
		q += strcspn(q, "<\"\n");
		e = *q && *q != '\n' ? q + 1 + strcspn(q + 1, ">\"\n") : q;
		if (e > q && *e && *e != '\n') {
			BG_CLEANUP(bg_freep) char *name = bg_strndup(q + 1, (size_t)(e - q - 1));

			at.off = (size_t)(p - at.text);
			add_included(s, dir, name, *q == '"', &at);
		}
	}
}

/* What the macro of one #include line can name. */
static void add_computed(struct bg_sources *s, struct bg_computed *macros, const struct bg_computed_include *c)
{
	const struct place at = { s->files.v[c->file].path, s->files.v[c->file].text.s, c->off };
	BG_CLEANUP(bg_freep) char *dir = bg_dirname(at.by);
	struct bg_strv names = { 0 };

	bg_computed_names(macros, c->operand, &names);
	for (size_t i = 0; i < names.n; i++) {
		BG_CLEANUP(bg_freep) char *name = bg_strndup(names.v[i] + 1, strlen(names.v[i]) - 2);

		add_included(s, dir, name, names.v[i][0] == '"', &at);
	}
	bg_strv_done(&names);
}

/* Until no file brings another one. */
static void add_all(struct bg_sources *s, const struct bg_strv *args)
{
	struct bg_computed *macros = NULL;
	size_t read = 0, defined = 0;

	while (read < s->files.n) {
		for (; read < s->files.n; read++) /* grows */
			add_includes_of(s, read);
		if (!s->computed.n)
			break;
		macros = bg_computed_add(macros, s, defined, defined ? NULL : args);
		defined = read;
		for (size_t i = 0; i < s->computed.n; i++) {
			struct bg_computed_include c = s->computed.v[i];

			add_computed(s, macros, &c);
		}
	}
	bg_computed_free(macros);
}

/* -include FILE and -includeFILE, and the same of -imacros. */
static void add_forced(struct bg_sources *s, const struct bg_strv *args)
{
	static const char *const options[] = { "-include", "-imacros" };
	const struct place at = { .by = NULL };

	for (size_t i = 0; i < args->n; i++) {
		for (size_t o = 0; o < BG_ARRAY_SIZE(options); o++) {
			const char *value = bg_starts(args->v[i], options[o]) ? args->v[i] + strlen(options[o]) : NULL;

			if (value && !*value)
				value = i + 1 < args->n ? args->v[i + 1] : NULL;
			if (value)
				add_included(s, ".", value, true, &at);
		}
	}
}

void bg_sources_find(struct bg_sources *s, const char *main, const struct bg_strv *args)
{
	struct stat st;

	add_folders(s, args);
	if (stat(main, &st) == 0)
		add_file(s, main, st.st_size);
	add_forced(s, args);
	add_all(s, args);
}

static const char *without(const char *path, const char *root)
{
	size_t n = strlen(root);

	return path && bg_starts(path, root) && path[n] == '/' ? path + n + 1 : path;
}

int bg_sources_check(const struct bg_sources *s, const char *root, struct bg_diags *ds)
{
	const struct bg_endless *e = &s->endless;
	BG_CLEANUP(bg_freep) char *origin = e->by ? bg_made_origin(e->by) : NULL;

	if (!e->path)
		return 0;
	bg_diag(ds, BG_ERROR, BG_ID_ENDLESS, origin ? BG_AT(origin, 0, 0) : BG_AT(without(e->by, root), e->line, 0),
		"'%s' is included, but is no regular file: reading a pipe, device or socket need not end",
		without(e->path, root));
	return -EINVAL;
}

void bg_sources_read_ahead(struct bg_sources *s)
{
	for (size_t i = 0; i < s->files.n; i++) {
		struct bg_source *f = &s->files.v[i];
		const char *text = f->text.s ? f->text.s : "";

		if (f->system) {
			bg_lex_dirs(text, 0, (uint32_t)f->text.n, &f->lexed);
		} else {
			bg_lex(text, 0, (uint32_t)f->text.n, &f->lexed);
			f->sha = bg_sha256(text, f->text.n);
		}
		f->is_read = true;
	}
}

const struct bg_source *bg_sources_ahead(const struct bg_sources *s, const char *path, const char *text, size_t n)
{
	for (size_t i = 0; i < s->files.n; i++) {
		const struct bg_source *f = &s->files.v[i];

		if (f->is_read && strcmp(f->path, path) == 0)
			return f->text.n == n && (!n || memcmp(f->text.s, text, n) == 0) ? f : NULL;
	}
	return NULL;
}

void bg_sources_done(struct bg_sources *s)
{
	for (size_t i = 0; i < s->files.n; i++) {
		bg_lexed_done(&s->files.v[i].lexed);
		free(s->files.v[i].path);
		bg_str_done(&s->files.v[i].text);
	}
	bg_vec_done(&s->files);
	bg_strv_done(&s->quoted);
	bg_strv_done(&s->angled);
	bg_strv_done(&s->known);
	bg_strv_done(&s->sought);
	for (size_t i = 0; i < s->computed.n; i++)
		free(s->computed.v[i].operand);
	bg_vec_done(&s->computed);
	free(s->large);
	free(s->endless.path);
	free(s->endless.by);
}
