// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/sources.h"

#include <sys/stat.h>

#include "core/fs.h"

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

static void add_file(struct bg_sources *s, const char *path, bool system)
{
	BG_CLEANUP(bg_freep) char *real = bg_realpath(path);
	struct bg_source f = { .system = system };
	struct stat st;

	if (!real || s->files.n >= MAX_FILES || bg_streq(s->large, real))
		return;
	for (size_t i = 0; i < s->files.n; i++)
		if (strcmp(s->files.v[i].path, real) == 0)
			return;
	f.system = bg_starts(real, "/usr/");
	if (!f.system && stat(real, &st) == 0 && st.st_size >= LARGE && bg_ends(real, ".h")) {
		if (!s->large) /* the first of them only */
			s->large = BG_TAKE(real);
		return;
	}
	if (bg_read_file(real, 0, &f.text))
		return;
	f.path = BG_TAKE(real);
	bg_vec_push(&s->files, f);
}

static void add_included(struct bg_sources *s, const char *dir, const char *name, bool quoted)
{
	for (size_t i = 0; i < 1 + s->quoted.n + s->angled.n; i++) {
		const char *folder = !i ? dir : i <= s->quoted.n ? s->quoted.v[i - 1] : s->angled.v[i - 1 - s->quoted.n];
		BG_CLEANUP(bg_freep) char *path = NULL;

		if (i <= s->quoted.n && !quoted)
			continue;
		path = bg_join(folder, name);
		if (!bg_exists(path) || bg_is_dir(path))
			continue;
		add_file(s, path, false);
		return;
	}
}

/* Conditions are not looked at: what a condition leaves out only makes the guess wider. */
static void add_includes_of(struct bg_sources *s, size_t file)
{
	BG_CLEANUP(bg_freep) char *dir = bg_dirname(s->files.v[file].path);
	const char *p = s->files.v[file].text.s;

	for (; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : p) {
		const char *q = p + strspn(p, " \t"), *e;

		if (*q != '#')
			continue;
		q = q + 1 + strspn(q + 1, " \t");
		if (!bg_starts(q, "include"))
			continue;
		q += strcspn(q, "<\"\n");
		e = *q && *q != '\n' ? q + 1 + strcspn(q + 1, ">\"\n") : q;
		if (e > q && *e && *e != '\n') {
			BG_CLEANUP(bg_freep) char *name = bg_strndup(q + 1, (size_t)(e - q - 1));

			add_included(s, dir, name, *q == '"');
		}
	}
}

void bg_sources_find(struct bg_sources *s, const char *main, const struct bg_strv *args)
{
	add_folders(s, args);
	add_file(s, main, false);
	for (size_t i = 0; i + 1 < args->n; i++)
		if (bg_streq(args->v[i], "-include") || bg_streq(args->v[i], "-imacros"))
			add_included(s, ".", args->v[i + 1], true);
	for (size_t i = 0; i < s->files.n; i++) /* grows */
		add_includes_of(s, i);
}

void bg_sources_done(struct bg_sources *s)
{
	for (size_t i = 0; i < s->files.n; i++) {
		free(s->files.v[i].path);
		bg_str_done(&s->files.v[i].text);
	}
	bg_vec_done(&s->files);
	bg_strv_done(&s->quoted);
	bg_strv_done(&s->angled);
	free(s->large);
}
