// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/hints.h"

#include <fts.h>

#include "core/fs.h"
#include "core/proc.h"
#include "extract/diag_ids.h"
#include "extract/lex.h"

#define MAX_PLACES    4	     /* that are told of one error */
#define MAX_INCLUDERS 40     /* of a header, and of those that include it */
#define MAX_ENTRIES   200000 /* files and folders that are looked at for a header */

/* What stands in quotes behind prefix in a message of clang's; NULL: the message is another one. Caller frees. */
static char *quoted_after(const char *message, const char *prefix)
{
	const char *s = strstr(message, prefix), *e;

	if (!s)
		return NULL;
	s += strlen(prefix);
	e = strchr(s, '\'');
	return e && e > s ? bg_strndup(s, (size_t)(e - s)) : NULL;
}

/* A name that clang does not know and that a macro could be. */
static char *unknown_name(const char *message)
{
	static const char *const prefixes[] = { "use of undeclared identifier '", "call to undeclared function '",
						"unknown type name '", "function-like macro '" };
	char *name = NULL;

	for (size_t i = 0; i < BG_ARRAY_SIZE(prefixes) && !name; i++)
		name = quoted_after(message, prefixes[i]);
	return name;
}

static bool is_identifier(const char *s)
{
	for (; *s; s++)
		if (!bg_ident_char(*s))
			return false;
	return true;
}

/* Names of macros are in capitals; functions and variables of a missing header are not. */
static bool looks_like_macro(const char *s)
{
	for (; *s; s++)
		if (*s >= 'a' && *s <= 'z')
			return false;
	return true;
}

/* Lines of build files that pass -DNAME: "path:line:text". */
static void find_definitions(const struct bg_repo *repo, const char *name, struct bg_strv *ret)
{
	BG_CLEANUP(bg_freep) char *regex = bg_printf("(^|[^A-Za-z0-9_])-D *%s([^A-Za-z0-9_]|$)", name);
	const char *const argv[] = { "grep",
				     "-r",
				     "-n",
				     "-I",
				     "-E",
				     "--include=Makefile*",
				     "--include=*.mk",
				     "--include=CMakeLists.txt",
				     "--include=*.cmake",
				     "--include=meson.build",
				     "--include=Kbuild*",
				     "-e",
				     regex,
				     ".",
				     NULL };
	struct bg_proc_result r;

	bg_proc_run(&(struct bg_proc){ .argv = argv, .cwd = repo->root, .timeout_ms = 20000, .output_limit = 1u << 20 },
		    &r);
	for (char *line = r.out.s, *next; line && *line && ret->n < MAX_PLACES; line = next) {
		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		bg_strv_add(ret, bg_starts(line, "./") ? line + 2 : line);
	}
	bg_proc_result_done(&r);
}

/* The flag as the build writes it, "-DNAME=VALUE"; *literal: the build computes none of it. Caller frees. */
static char *flag_in(const char *line, const char *name, bool *literal)
{
	for (const char *p = line; (p = strstr(p, "-D")); p += 2) {
		const char *n = p + 2 + strspn(p + 2, " ");
		size_t value = strlen(name), len;

		if (strncmp(n, name, value) != 0 || bg_ident_char(n[value]))
			continue;
		len = value + (n[value] == '=' ? strcspn(n + value, " \t\"')],;") : 0);
		*literal = !memchr(n, '$', len) && !memchr(n, '@', len) && !memchr(n, '`', len) &&
			   !(n[value] == '=' && len == value + 1);
		return bg_printf("-D%.*s", (int)len, n);
	}
	return NULL;
}

static void hint_definition(const struct bg_repo *repo, const char *name, struct bg_diags *ds)
{
	struct bg_strv lines = { 0 };

	find_definitions(repo, name, &lines);
	for (size_t i = 0; i < lines.n; i++) {
		BG_CLEANUP(bg_freep) char *path = bg_strndup(lines.v[i], strcspn(lines.v[i], ":")), *flag = NULL;
		const char *rest = lines.v[i] + strlen(path);
		unsigned line = *rest ? (unsigned)strtoul(rest + 1, NULL, 10) : 0;
		bool literal = false;

		flag = flag_in(rest, name, &literal);
		if (flag && literal)
			bg_diag(ds, BG_NOTE, BG_ID_HINT, BG_AT(path, line, 0),
				"%s? the build passes it here; put it into cflags if it is meant", flag);
		else if (flag)
			bg_diag(ds, BG_NOTE, BG_ID_HINT, BG_AT(path, line, 0),
				"the build passes -D%s here, with a value that it computes; put -D%s=VALUE into cflags",
				name, name);
	}
	if (!lines.n && looks_like_macro(name))
		bg_diag(ds, BG_NOTE, BG_ID_HINT, BG_NOWHERE,
			"-D%s=VALUE? no build file of the repository passes it, so its value is to be found elsewhere",
			name);
	bg_strv_done(&lines);
}

/* The folders in which clang looked, in its order, as the user gave them. Caller frees. */
static char *folders(const char *file, const struct bg_strv *flags)
{
	static const char *const names[] = { "-iquote", "-I", "-isystem", "-idirafter" };
	BG_CLEANUP(bg_freep) char *own = bg_dirname(file);
	struct bg_str b = { 0 };

	bg_str_add(&b, own);
	for (size_t k = 0; k < BG_ARRAY_SIZE(names); k++)
		for (size_t i = 0; i < flags->n; i++) {
			const char *f = flags->v[i];

			if (bg_streq(f, names[k]) && i + 1 < flags->n)
				bg_str_addf(&b, ", %s", flags->v[++i]);
			else if (bg_starts(f, names[k]) && f[strlen(names[k])])
				bg_str_addf(&b, ", %s", f + strlen(names[k]));
		}
	return bg_str_take(&b);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Files of the repository whose path ends with the name as it is included, else with its last part; relative to the
 * root, in order. */
static void find_headers(const struct bg_repo *repo, const char *header, struct bg_strv *whole, struct bg_strv *last)
{
	BG_CLEANUP(bg_freep) char *tail = bg_printf("/%s", header), *base = bg_printf("/%s", bg_basename(header));
	char *const roots[] = { repo->root, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, by_name);
	size_t n = 0, root = strlen(repo->root) + 1;
	FTSENT *e;

	while (tree && (e = fts_read(tree)) && n++ < MAX_ENTRIES) {
		if (e->fts_info == FTS_D && e->fts_level > 0 && e->fts_name[0] == '.')
			fts_set(tree, e, FTS_SKIP);
		if (e->fts_info != FTS_F && e->fts_info != FTS_NSOK)
			continue;
		if (bg_ends(e->fts_path, tail) && whole->n < MAX_PLACES)
			bg_strv_add(whole, e->fts_path + root);
		else if (bg_ends(e->fts_path, base) && last->n < MAX_PLACES)
			bg_strv_add(last, e->fts_path + root);
	}
	if (tree)
		fts_close(tree);
}

static void hint_header(const struct bg_repo *repo, const char *file, const struct bg_strv *flags, const char *header,
			struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *where = folders(file, flags);
	struct bg_strv whole = { 0 }, last = { 0 };

	bg_diag(ds, BG_NOTE, BG_ID_HINT, BG_NOWHERE, "'%s' was looked for in %s, and where the system has its headers",
		header, where);
	find_headers(repo, header, &whole, &last);
	for (size_t i = 0; i < whole.n; i++) {
		const char *path = whole.v[i];
		size_t n = strlen(path) - strlen(header);

		bg_diag(ds, BG_NOTE, BG_ID_HINT, BG_AT(path, 0, 0),
			"-I%.*s? the repository has a header of that name here", n ? (int)n - 1 : 1, n ? path : ".");
	}
	for (size_t i = 0; !whole.n && i < last.n; i++)
		bg_diag(ds, BG_NOTE, BG_ID_HINT, BG_AT(last.v[i], 0, 0),
			"the repository has a '%s' here, under another folder", bg_basename(header));
	if (!whole.n && !last.n)
		bg_diag(ds, BG_NOTE, BG_ID_HINT, BG_NOWHERE,
			"the repository has no '%s': its build makes it, or a package of the system brings it",
			bg_basename(header));
	bg_strv_done(&whole);
	bg_strv_done(&last);
}

static void hint_flag(const char *flag, struct bg_diags *ds)
{
	bg_diag(ds, BG_NOTE, BG_ID_HINT, BG_NOWHERE,
		"'%s' is a flag of gcc or of another clang; what does not change the program can be left out of cflags",
		flag);
}

/* Files that have an #include of a header of this name, each once. */
static void find_includers(const struct bg_repo *repo, const char *header, struct bg_strv *ret)
{
	struct bg_strv lines = { 0 };
	struct bg_str regex = { 0 };

	bg_str_add(&regex, "^[ \t]*#[ \t]*include[ \t]*[<\"]([^\">]*/)?");
	for (const char *p = bg_basename(header); *p; p++)
		bg_str_addf(&regex, strchr(".+*?()[]{}^$|\\", *p) ? "\\%c" : "%c", *p);
	bg_str_add(&regex, "[\">]");
	bg_repo_grep(repo, regex.s, MAX_INCLUDERS, &lines);
	for (size_t i = 0; i < lines.n; i++) {
		BG_CLEANUP(bg_freep) char *path = bg_strndup(lines.v[i], strcspn(lines.v[i], ":"));

		if (!bg_strv_has(ret, path))
			bg_strv_add(ret, path);
	}
	bg_str_done(&regex);
	bg_strv_done(&lines);
}

static void hint_source(const char *source, const char *header, struct bg_diags *ds)
{
	bg_diag(ds, BG_NOTE, BG_ID_HINT, BG_AT(source, 0, 0),
		"%s:FUNCTION? this source includes '%s', which need not compile alone", source, header);
}

/*
 * A header need not compile alone: the sources that include it, through other headers where need be, are translation
 * units that have it. Those of its own folder first.
 */
static void hint_sources(const struct bg_repo *repo, const char *header, struct bg_diags *ds)
{
	size_t folder = (size_t)(bg_basename(header) - header), told = 0;
	struct bg_strv files = { 0 };

	bg_strv_add(&files, header);
	for (size_t i = 0; i < files.n && i < MAX_INCLUDERS; i++)
		if (bg_ends(files.v[i], ".h"))
			find_includers(repo, files.v[i], &files);
	for (int near = 1; near >= 0; near--)
		for (size_t i = 0; i < files.n && told < MAX_PLACES; i++) {
			bool same = (size_t)(bg_basename(files.v[i]) - files.v[i]) == folder &&
				    strncmp(files.v[i], header, folder) == 0;

			if (!bg_ends(files.v[i], ".c") || same != near)
				continue;
			hint_source(files.v[i], header, ds);
			told++;
		}
	bg_strv_done(&files);
}

/* Upstream may give the version to llc, behind a clang that only makes LLVM's own code of the file. */
static void hint_version(struct bg_diags *ds)
{
	bg_diag(ds, BG_NOTE, BG_ID_HINT, BG_NOWHERE,
		"-mcpu=v3? atomic operations on 32 bits, and those whose old value is used, are of version 3 of the "
		"instruction set");
}

void bg_hints_give(const struct bg_repo *repo, const char *file, const struct bg_strv *flags, size_t first,
		   struct bg_diags *ds)
{
	struct bg_strv known = { 0 };
	size_t n = bg_diags_count(ds);
	bool versions = false;

	for (size_t i = first; i < n; i++) {
		BG_CLEANUP(bg_freep)
		char *message = bg_strdup(bg_diags_get(ds, i)->message),
		     *name = unknown_name(message), *header = NULL, *flag = NULL;

		if (bg_diags_get(ds, i)->severity != BG_ERROR)
			continue;
		header = strstr(message, "' file not found") ? quoted_after(message, "'") : NULL;
		flag = quoted_after(message, "unknown argument: '");
		flag = flag ? flag : quoted_after(message, "unsupported option '");
		if ((name && bg_strv_has(&known, name)) || (header && bg_strv_has(&known, header)))
			continue;
		if (name && is_identifier(name))
			hint_definition(repo, name, ds);
		else if (header)
			hint_header(repo, file, flags, header, ds);
		else if (flag)
			hint_flag(flag, ds);
		else if (!versions && (versions = strstr(message, "unsupported atomic operation") != NULL))
			hint_version(ds);
		if (name || header)
			bg_strv_add(&known, name ? name : header);
	}
	if (bg_ends(file, ".h"))
		hint_sources(repo, file, ds);
	bg_strv_done(&known);
}
