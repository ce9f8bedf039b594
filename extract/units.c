// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/units.h"

#include "core/compile.h"
#include "core/libclang.h"
#include "extract/attempts.h"
#include "extract/diag_ids.h"
#include "extract/flat.h"
#include "extract/scan.h"
#include "extract/template.h"
#include "extract/vmlinux.h"

#if defined(__aarch64__)
#define ARCHITECTURE "-D__aarch64__"
#else
#define ARCHITECTURE "-D__x86_64__"
#endif

#define MAX_REPAIRS 24
#define LIBBPF	    "/usr/include/bpf" /* whose headers many include as <bpf_helpers.h> */

/* X of an error "'X' file not found", with the file that includes it; NULL: there is no such error. Caller frees. */
static char *missing_header(const struct bg_diags *ds, const char **ret_includer)
{
	static const char tail[] = "' file not found";

	for (size_t i = 0; i < bg_diags_count(ds); i++) {
		const struct bg_diag *d = bg_diags_get(ds, i);

		if (d->message[0] == '\'' && bg_ends(d->message, tail)) {
			*ret_includer = d->path ? d->path : "";
			return bg_strndup(d->message + 1, strlen(d->message) - strlen(tail) - 1);
		}
	}
	return NULL;
}

/* Whether the flag names the folder with the running kernel's types. */
static bool brings_vmlinux(const char *flag)
{
	BG_CLEANUP(bg_freep) char *header = bg_printf("%s/vmlinux.h", bg_starts(flag, "-I") ? flag + 2 : flag);

	return bg_vmlinux_is(header);
}

/* Says of a flag what it stands for, when it is nothing of upstream's: the user did not ask for it. */
static void say_added(const char *flag, struct bg_diags *ds)
{
	if (bg_streq(flag, ARCHITECTURE))
		bg_diag(ds, BG_NOTE, BG_ID_ARCHITECTURE, BG_NOWHERE,
			"upstream's flags name no architecture, which glibc's headers want: " ARCHITECTURE " is added");
	else if (brings_vmlinux(flag))
		bg_diag(ds, BG_NOTE, BG_ID_VMLINUX, BG_NOWHERE,
			"upstream brings no vmlinux.h; the running kernel's is used");
}

/*
 * What upstream's build brings and its flags do not say, as a flag: the architecture that glibc wants, the folder of
 * the repository that has the header, a vmlinux.h. NULL: cannot be had, or was added already. Caller frees.
 */
static char *repair(const struct bg_repo *repo, const char *header, const char *includer, const struct bg_strv *flags,
		    struct bg_strv *folders, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *folder = NULL, *flag = NULL;

	if (bg_streq(header, "gnu/stubs-32.h"))
		return bg_strv_has(flags, ARCHITECTURE) ? NULL : bg_strdup(ARCHITECTURE);
	folder = folders ? bg_tree_folder(bg_tree_get(repo->root, false), header, includer, folders) : NULL;
	if (folder) {
		bg_strv_add(folders, folder);
		return bg_printf("-I%s", folder);
	}
	if (folders && !strchr(header, '/') && !bg_strv_has(flags, "-I" LIBBPF)) {
		BG_CLEANUP(bg_freep) char *path = bg_join(LIBBPF, header);

		if (bg_exists(path))
			return bg_strdup("-I" LIBBPF);
	}
	if (!bg_streq(header, "vmlinux.h"))
		return NULL;
	folder = bg_vmlinux_dir(ds);
	flag = folder ? bg_printf("-I%s", folder) : NULL;
	return flag && !bg_strv_has(flags, flag) ? BG_TAKE(flag) : NULL;
}

/*
 * -std=gnu2x where the source takes bool and true for words of the language, and the flags say nothing of it. Caller
 * frees; NULL: no.
 */
static char *newer_c(const struct bg_diags *ds, const struct bg_strv *flags)
{
	static const char *const words[] = { "'bool'", "'true'", "'false'", "'nullptr'" };

	for (size_t i = 0; i < flags->n; i++)
		if (bg_starts(flags->v[i], "-std") || bg_starts(flags->v[i], "--std"))
			return NULL;
	for (size_t i = 0; i < bg_diags_count(ds); i++) {
		const struct bg_diag *d = bg_diags_get(ds, i);

		for (size_t w = 0; w < BG_ARRAY_SIZE(words); w++) {
			if (bg_ends(d->message, words[w]))
				return bg_strdup("-std=gnu2x");
		}
	}
	return NULL;
}

/*
 * Scans; where something is missing that can be brought, adds its flag and scans again. guess: so, too, what only the
 * user can know who extracts, but the index of a repository can try.
 */
static int scan(const struct bg_repo *repo, const char *file, bool guess, struct bg_strv *flags, struct bg_diags *ds,
		struct bg_tu **ret)
{
	struct bg_strv folders = { 0 }, missed = { 0 };
	int err = -EAGAIN;

	while (err == -EAGAIN) {
		BG_CLEANUP(bg_diags_freep) struct bg_diags *own = bg_diags_new();
		BG_CLEANUP(bg_freep) char *header = NULL, *flag = NULL;
		const char *includer = NULL;

		err = bg_scan(repo->root, file, flags, own, ret);
		header = err == -EINVAL && missed.n < MAX_REPAIRS ? missing_header(own, &includer) : NULL;
		if (header)
			flag = repair(repo, header, includer, flags, guess ? &folders : NULL, ds);
		else if (err == -EINVAL && guess)
			flag = newer_c(own, flags);
		if (flag) {
			say_added(flag, ds);
			bg_strv_add(flags, flag);
			bg_strv_add(&missed, header ? header : "");
			err = -EAGAIN;
		} else {
			bg_diags_move(ds, own);
		}
	}
	bg_strv_done(&folders);
	bg_strv_done(&missed);
	return err;
}

/* Whether a flag was added where nothing was guessed. */
static bool is_no_guess(const char *flag)
{
	return bg_streq(flag, ARCHITECTURE) || brings_vmlinux(flag);
}

/* A unit that was repaired is kept under the flags that it was read with. */
static int fetch(struct bg_index *ix, const struct bg_repo *repo, const char *file, struct bg_strv *flags,
		 struct bg_diags *ds, struct bg_tu **ret)
{
	BG_CLEANUP(bg_freep) char *main = bg_join(repo->root, file);
	struct bg_strv with = { 0 };
	int err;
	bool known = bg_attempts_flags(ix, repo->root, main, flags, &with);

	for (size_t i = flags->n; i < with.n; i++)
		known &= is_no_guess(with.v[i]);
	if (!known) {
		bg_strv_done(&with);
		bg_strv_extend(&with, flags);
	}
	err = bg_index_fetch(ix, repo->root, file, &with, ds, ret);
	for (size_t i = flags->n; !err && i < with.n; i++) {
		say_added(with.v[i], ds);
		bg_strv_add(flags, with.v[i]);
	}
	bg_strv_done(&with);
	return err;
}

static unsigned count_functions(const struct bg_tu *f)
{
	unsigned n = 0;

	for (size_t i = 0; i < f->decls.n; i++)
		n += f->decls.v[i].kind == BG_DECL_FUNCTION && f->decls.v[i].is_def;
	return n;
}

/* What the flags given became, for the next time. */
static int note(struct bg_index *ix, const struct bg_repo *repo, const char *main, const struct bg_tu *f,
		const struct bg_strv *given, const struct bg_strv *flags, struct bg_diags *ds)
{
	struct bg_attempt a = { .functions = count_functions(f) };
	int err;

	bg_strv_extend(&a.flags, flags);
	err = bg_attempts_note(ix, repo->root, main, given, &a, NULL, NULL, ds);
	bg_attempt_done(&a);
	return err;
}

/* The first error, and what its repair can depend on. */
static int note_failure(struct bg_index *ix, const struct bg_repo *repo, const char *main, const struct bg_strv *given,
			const struct bg_strv *flags, const struct bg_diags *why, struct bg_diags *ds)
{
	struct bg_strv abs = { 0 }, args = { 0 };
	struct bg_attempt a = { .line = 0 };
	struct bg_sources read = { 0 };
	int err;

	for (size_t i = 0; i < bg_diags_count(why) && !a.error; i++) {
		const struct bg_diag *d = bg_diags_get(why, i);

		if (d->severity == BG_ERROR)
			a = (struct bg_attempt){ .error = bg_strdup(d->message),
						 .file = bg_strdup(d->path),
						 .line = d->line };
	}
	a.error = a.error ? a.error : bg_strdup("it cannot be read");
	bg_strv_extend(&a.flags, flags);
	bg_flags_absolute(&abs, flags, repo->root);
	bg_parse_flags(&args, &abs);
	bg_sources_find(&read, main, &args);
	err = bg_attempts_note(ix, repo->root, main, given, &a, bg_tree_get(repo->root, false), &read, ds);
	bg_sources_done(&read);
	bg_strv_done(&abs);
	bg_strv_done(&args);
	bg_attempt_done(&a);
	return err;
}

int bg_units_index(struct bg_index *ix, const struct bg_repo *repo, const char *file, bool guess,
		   const struct bg_strv *given, struct bg_diags *ds)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *own = bg_diags_new();
	BG_CLEANUP(bg_freep) char *main = bg_join(repo->root, file), *source = NULL;
	BG_CLEANUP(bg_tu_freep) struct bg_tu *f = NULL;
	struct bg_strv flags = { 0 };
	int err;

	bg_strv_extend(&flags, given);
	err = bg_template_source(repo, file, &flags, own, &source);
	if (!err)
		err = scan(repo, source, guess, &flags, own, &f);
	if (!err)
		err = bg_index_store(ix, f, ds);
	else if (err != -EIO && note_failure(ix, repo, main, given, &flags, own, ds))
		err = -EIO;
	if (!err)
		err = note(ix, repo, main, f, given, &flags, ds);
	bg_diags_move(ds, own);
	bg_strv_done(&flags);
	return err;
}

int bg_units_facts_early(struct bg_index *ix, const struct bg_repo *repo, const char *file, struct bg_strv *flags,
			 struct bg_diags *ds, struct bg_tu **ret)
{
	int err = fetch(ix, repo, file, flags, ds, ret);
	struct bg_strv given = { 0 };

	if (err != -ENOENT)
		return err;
	bg_strv_extend(&given, flags);
	err = scan(repo, file, false, flags, ds, ret);
	if (!err)
		bg_index_store_beside(ix, *ret);
	if (!err && flags->n > given.n) {
		BG_CLEANUP(bg_freep) char *main = bg_join(repo->root, file);

		err = note(ix, repo, main, *ret, &given, flags, ds);
	}
	if (err && *ret)
		*ret = bg_tu_free(*ret);
	bg_strv_done(&given);
	return err;
}

int bg_units_facts(struct bg_index *ix, const struct bg_repo *repo, const char *file, struct bg_strv *flags,
		   struct bg_diags *ds, struct bg_tu **ret)
{
	struct bg_tu *f = NULL;
	int err = bg_units_facts_early(ix, repo, file, flags, ds, &f);

	if (!err)
		err = bg_index_settle(ix, ds);
	if (err)
		bg_tu_free(f);
	else
		*ret = f;
	return err;
}

static bool is_candidate(const struct bg_tu *f, const struct bg_f_decl *d, const char *file)
{
	return d->kind == BG_DECL_FUNCTION && d->is_def && (!file || bg_streq(bg_tu_place(f, d->off).path, file));
}

/* Up to three functions that the user may have meant: by name, or the nearest before and after the line. */
static void suggest(const struct bg_tu *f, const char *file, unsigned line, const char *name, struct bg_diags *ds)
{
	size_t best[3] = { SIZE_MAX, SIZE_MAX, SIZE_MAX };
	unsigned most = line ? UINT32_MAX : 900, dist[3] = { most, most, most };

	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];
		unsigned far;

		if (!is_candidate(f, d, line ? file : NULL))
			continue;
		far = line ? (bg_tu_place(f, d->off).line > line ? bg_tu_place(f, d->off).line - line :
			      line - bg_tu_place(f, d->off).line) : bg_edit_distance(d->name, name);
		for (size_t k = 0; k < 3; k++)
			if (far < dist[k]) {
				memmove(&dist[k + 1], &dist[k], (2 - k) * sizeof(*dist));
				memmove(&best[k + 1], &best[k], (2 - k) * sizeof(*best));
				dist[k] = far;
				best[k] = i;
				break;
			}
	}
	for (size_t k = 0; k < 3; k++) {
		struct bg_place p;

		if (best[k] == SIZE_MAX)
			continue;
		p = bg_tu_place(f, f->decls.v[best[k]].off);
		bg_diag(ds, BG_NOTE, BG_ID_NO_FUNCTION, BG_AT(p.path, p.line, p.col), "'%s' is defined here",
			f->decls.v[best[k]].name);
	}
}

/* The path below the repository's root by which places name the file: 'a//./b.c' is 'a/b.c'. Caller frees. */
static char *canonical(const struct bg_tu *f, const char *file)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(f->root, file), *real = bg_realpath(path);
	size_t n = strlen(f->root);

	return bg_strdup(real && strncmp(real, f->root, n) == 0 && real[n] == '/' ? real + n + 1 : file);
}

/* The definition or an earlier declaration of it has a section, as BPF_PROG writes them. */
static bool has_section(const struct bg_tu *f, const struct bg_f_decl *d)
{
	for (size_t i = 0; i < f->decls.n; i++)
		if (f->decls.v[i].section && strcmp(f->decls.v[i].section, ".text") &&
		    bg_streq(f->decls.v[i].usr, d->usr))
			return true;
	return false;
}

/*
 * The program that one macro makes together with this function, which is its body: BPF_PROG(name) { ... } makes name
 * and ____name. -1: none.
 */
static int program_around(const struct bg_tu *f, int function)
{
	const struct bg_f_decl *body = &f->decls.v[function];

	if (has_section(f, body))
		return -1;
	for (size_t i = 0; i < f->calls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[f->calls.v[i].caller];

		if (f->calls.v[i].callee == (uint32_t)function && d->item == body->item && is_candidate(f, d, NULL) &&
		    has_section(f, d))
			return (int)f->calls.v[i].caller;
	}
	return -1;
}

int bg_units_function(const struct bg_tu *f, const char *given, unsigned line, const char *name, struct bg_loc at,
		      struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *file = canonical(f, given);
	unsigned others = 0;
	int found = -1, program;

	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];
		struct bg_place p, q;

		if (!is_candidate(f, d, NULL) || (!line && !bg_streq(d->name, name)))
			continue;
		if (!line) {
			if (found < 0 || is_candidate(f, d, file))
				found = (int)i;
			continue;
		}
		p = bg_tu_place(f, f->items.v[d->item].s);
		q = bg_tu_place(f, d->end ? d->end - 1 : 0);
		if (!bg_streq(p.path, file) || p.line > line || line > q.line)
			continue;
		others += found >= 0;
		found = found < 0 ? (int)i : found;
	}
	program = line && found >= 0 ? program_around(f, found) : -1;
	if (program >= 0)
		return program;
	if (found >= 0 && others)
		bg_diag(ds, BG_NOTE, BG_ID_SEVERAL_HERE, BG_AT(file, line, 0),
			"%u more functions are made here; the first, '%s', was taken", others, f->decls.v[found].name);
	if (found >= 0)
		return found;
	if (line)
		bg_diag(ds, BG_ERROR, BG_ID_NO_FUNCTION, at, "%s:%u is in no function of this translation unit", file,
			line);
	else
		bg_diag(ds, BG_ERROR, BG_ID_NO_FUNCTION, at, "the translation unit of '%s' defines no function '%s'",
			file, name);
	suggest(f, file, line, name, ds);
	return -ENOENT;
}

/* Whether a component of the path is ".." */
static bool goes_up(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p += 2)
		if ((p == path || p[-1] == '/') && (p[2] == '/' || !p[2]))
			return true;
	return false;
}

bool bg_units_file_ok(const struct bg_repo *repo, const char *file)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(repo->root, file);

	return file[0] && file[0] != '/' && file[0] != '-' && !goes_up(file) && bg_inside(path, repo->root) &&
	       bg_is_file(path);
}

bool bg_units_file_named(const struct bg_repo *repo, const char *file, struct bg_loc at, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(repo->root, file);
	const char *why = file[0] == '/' || goes_up(file)    ? ": the name leads out of it"
			  : !bg_exists(path)		     ? ""
			  : !bg_inside(path, repo->root)     ? ": a symbolic link leads out of it"
							     : ": that is no regular file";

	if (bg_units_file_ok(repo, file))
		return true;
	bg_diag(ds, BG_ERROR, BG_ID_NO_FILE, at, "the repository has no file '%s'%s", file, why);
	return false;
}

/* The arguments of one compile command that say how to read the source. */
static void add_command(CXCompileCommand cmd, const char *file, struct bg_strv *ret)
{
	BG_CLEANUP(bg_freep) char *dir = bg_cx_str(clang_CompileCommand_getDirectory(cmd));
	struct bg_strv raw = { 0 };

	for (unsigned i = 1; i < clang_CompileCommand_getNumArgs(cmd); i++) {
		BG_CLEANUP(bg_freep) char *a = bg_cx_str(clang_CompileCommand_getArg(cmd, i));

		if (bg_streq(a, "-o") || bg_streq(a, "-MF") || bg_streq(a, "-MT") || bg_streq(a, "-MQ") ||
		    bg_streq(a, "-x")) {
			i++;
			continue;
		}
		if (bg_streq(a, "-c") || bg_streq(a, "--") || bg_starts(a, "-M") || bg_ends(file, a) ||
		    bg_ends(a, file))
			continue;
		bg_strv_add(&raw, a);
	}
	bg_flags_absolute(ret, &raw, dir);
	bg_strv_done(&raw);
}

int bg_units_flags(const struct bg_repo *repo, const struct bg_spec_repo *r, const struct bg_strv *cflags,
		   const char *file, struct bg_diags *ds, struct bg_strv *ret)
{
	bg_strv_extend(ret, &r->cflags);
	if (r->compile_commands && bg_libclang_load(ds))
		return -ENOSYS;
	if (r->compile_commands) {
		BG_CLEANUP(bg_freep) char *path = bg_join(repo->root, r->compile_commands),
		     *dir = bg_dirname(path), *abs = bg_join(repo->root, file);
		CXCompilationDatabase_Error code;
		CXCompilationDatabase db;
		CXCompileCommands cmds;

		if (strcmp(bg_basename(path), "compile_commands.json") || !bg_inside(path, repo->root)) {
			bg_diag(ds, BG_ERROR, BG_ID_NO_FILE, r->at,
				"'%s' is no compile_commands.json inside the repository", r->compile_commands);
			return -EINVAL;
		}
		db = clang_CompilationDatabase_fromDirectory(dir, &code);
		if (code != CXCompilationDatabase_NoError) {
			bg_diag(ds, BG_ERROR, BG_ID_NO_FILE, r->at, "cannot read '%s'", r->compile_commands);
			return -EINVAL;
		}
		cmds = clang_CompilationDatabase_getCompileCommands(db, abs);
		if (cmds && clang_CompileCommands_getSize(cmds))
			add_command(clang_CompileCommands_getCommand(cmds, 0), file, ret);
		if (cmds)
			clang_CompileCommands_dispose(cmds);
		clang_CompilationDatabase_dispose(db);
	}
	bg_strv_extend(ret, cflags);
	if (!bg_ends(file, ".c") && !bg_strv_has(ret, "-x"))
		for (const char *const *a = (const char *const[]){ "-x", "c", NULL }; *a;
		     a++) /* clang goes by the name */
			bg_strv_add(ret, *a);
	return 0;
}

void bg_units_own_flags(const struct bg_strv *flags, struct bg_strv *ret)
{
	static const char *const with_value[] = { "-I",	      "-D",	 "-U",	       "-include", "-imacros",
						  "-isystem", "-iquote", "-idirafter", "-o",	   "-MF",
						  "-MT",      "-MQ",	 "-x" };
	static const char *const dropped[] = { "-I",	  "-D",		"-U", "-include", "-imacros", "-isystem",
					       "-iquote", "-idirafter", "-M", "-W",	  "-w",	      "-c" };

	for (size_t i = 0; i < flags->n; i++) {
		bool skip = false;

		for (size_t k = 0; k < BG_ARRAY_SIZE(with_value); k++)
			if (bg_streq(flags->v[i], with_value[k])) {
				i++;
				skip = true;
				break;
			}
		for (size_t k = 0; k < BG_ARRAY_SIZE(dropped) && !skip; k++)
			skip = bg_starts(flags->v[i], dropped[k]);
		if (!skip)
			bg_strv_add(ret, flags->v[i]);
	}
}
