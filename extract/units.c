// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/units.h"

#include "core/libclang.h"
#include "extract/diag_ids.h"
#include "extract/flat.h"
#include "extract/scan.h"
#include "extract/vmlinux.h"

#if defined(__aarch64__)
#define ARCHITECTURE "-D__aarch64__"
#else
#define ARCHITECTURE "-D__x86_64__"
#endif

/* The folder of a generated vmlinux.h; make false: only if it is there already. */
static char *vmlinux_flag(bool make, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *dir = make ? bg_vmlinux_dir(ds) : bg_vmlinux_dir_if_made();

	return dir ? bg_printf("-I%s", dir) : NULL;
}

static char *architecture_flag(bool make, struct bg_diags *ds)
{
	if (make)
		bg_diag(ds, BG_NOTE, BG_ID_ARCHITECTURE, BG_NOWHERE,
			"upstream's flags name no architecture, which glibc's headers want: " ARCHITECTURE " is added");
	return bg_strdup(ARCHITECTURE);
}

/* What upstream's build brings and its flags do not say: how clang's error shows that it is missing, and the flag that brings it. */
static const struct {
	const char *symptom;
	char *(*flag)(bool make, struct bg_diags *ds);  /* caller frees; NULL: cannot be had */
} repairs[] = {
	{ "'vmlinux.h' file not found", vmlinux_flag },
	{ "'gnu/stubs-32.h' file not found", architecture_flag },
};

static bool shows(const struct bg_diags *ds, const char *symptom)
{
	for (size_t i = 0; i < bg_diags_count(ds); i++)
		if (strstr(bg_diags_get(ds, i)->message, symptom))
			return true;
	return false;
}

/* Scans; where something is missing that can be brought, adds its flag and scans again. */
static int scan(const struct bg_repo *repo, const char *file, struct bg_strv *flags, struct bg_diags *ds, struct bg_tu **ret)
{
	bool tried[BG_ARRAY_SIZE(repairs)] = { false };

	for (;;) {
		BG_CLEANUP(bg_diags_freep) struct bg_diags *own = bg_diags_new();
		BG_CLEANUP(bg_freep) char *flag = NULL;
		int err = bg_scan(repo->root, file, flags, own, ret);

		for (size_t i = 0; err == -EINVAL && i < BG_ARRAY_SIZE(repairs) && !flag; i++)
			if (!tried[i] && shows(own, repairs[i].symptom)) {
				tried[i] = true;
				flag = repairs[i].flag(true, ds);
			}
		if (!flag) {
			bg_diags_move(ds, own);
			return err;
		}
		bg_strv_add(flags, flag);
	}
}

/* A unit that was repaired is kept under the flags that it was read with: look under each set of them. */
static int fetch(struct bg_index *ix, const struct bg_repo *repo, const char *file, struct bg_strv *flags, struct bg_diags *ds, struct bg_tu **ret)
{
	int err = -ENOENT;

	for (unsigned set = 0; err == -ENOENT && set < 1u << BG_ARRAY_SIZE(repairs); set++) {
		struct bg_strv with = { 0 };
		bool have = true;

		bg_strv_extend(&with, flags);
		for (size_t i = 0; i < BG_ARRAY_SIZE(repairs) && have; i++) {
			BG_CLEANUP(bg_freep) char *flag = set >> i & 1 ? repairs[i].flag(false, ds) : NULL;

			have = flag || !(set >> i & 1);
			if (flag)
				bg_strv_add(&with, flag);
		}
		if (have)
			err = bg_index_fetch(ix, repo->root, file, &with, ds, ret);
		for (size_t i = flags->n; !err && i < with.n; i++)
			bg_strv_add(flags, with.v[i]);
		bg_strv_done(&with);
	}
	return err;
}

int bg_units_facts_early(struct bg_index *ix, const struct bg_repo *repo, const char *file, struct bg_strv *flags, struct bg_diags *ds,
			 struct bg_tu **ret)
{
	int err = fetch(ix, repo, file, flags, ds, ret);

	if (err != -ENOENT)
		return err;
	err = scan(repo, file, flags, ds, ret);
	if (!err)
		bg_index_store_beside(ix, *ret);
	return err;
}

int bg_units_facts(struct bg_index *ix, const struct bg_repo *repo, const char *file, struct bg_strv *flags, struct bg_diags *ds,
		   struct bg_tu **ret)
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
	unsigned dist[3] = { 900, 900, 900 };

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
		bg_diag(ds, BG_NOTE, BG_ID_NO_FUNCTION, BG_AT(p.path, p.line, p.col), "'%s' is defined here", f->decls.v[best[k]].name);
	}
}

/* The path below the repository's root by which places name the file: 'a//./b.c' is 'a/b.c'. Caller frees. */
static char *canonical(const struct bg_tu *f, const char *file)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(f->root, file), *real = bg_realpath(path);
	size_t n = strlen(f->root);

	return bg_strdup(real && strncmp(real, f->root, n) == 0 && real[n] == '/' ? real + n + 1 : file);
}

int bg_units_function(const struct bg_tu *f, const char *given, unsigned line, const char *name, struct bg_loc at, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *file = canonical(f, given);
	unsigned others = 0;
	int found = -1;

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
	if (found >= 0 && others)
		bg_diag(ds, BG_NOTE, BG_ID_SEVERAL_HERE, BG_AT(file, line, 0), "%u more functions are made here; the first, '%s', was taken", others,
			f->decls.v[found].name);
	if (found >= 0)
		return found;
	if (line)
		bg_diag(ds, BG_ERROR, BG_ID_NO_FUNCTION, at, "%s:%u is in no function of this translation unit", file, line);
	else
		bg_diag(ds, BG_ERROR, BG_ID_NO_FUNCTION, at, "the translation unit of '%s' defines no function '%s'", file, name);
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

	return file[0] && file[0] != '/' && file[0] != '-' && !goes_up(file) && bg_inside(path, repo->root) && bg_is_file(path);
}

/* The arguments of one compile command that say how to read the source. */
static void add_command(CXCompileCommand cmd, const char *file, struct bg_strv *ret)
{
	BG_CLEANUP(bg_freep) char *dir = bg_cx_str(clang_CompileCommand_getDirectory(cmd));
	struct bg_strv raw = { 0 };

	for (unsigned i = 1; i < clang_CompileCommand_getNumArgs(cmd); i++) {
		BG_CLEANUP(bg_freep) char *a = bg_cx_str(clang_CompileCommand_getArg(cmd, i));

		if (bg_streq(a, "-o") || bg_streq(a, "-MF") || bg_streq(a, "-MT") || bg_streq(a, "-MQ") || bg_streq(a, "-x")) {
			i++;
			continue;
		}
		if (bg_streq(a, "-c") || bg_streq(a, "--") || bg_starts(a, "-M") || bg_ends(file, a) || bg_ends(a, file))
			continue;
		bg_strv_add(&raw, a);
	}
	bg_flags_absolute(ret, &raw, dir);
	bg_strv_done(&raw);
}

int bg_units_flags(const struct bg_repo *repo, const struct bg_spec_repo *r, const struct bg_strv *cflags, const char *file, struct bg_diags *ds,
		   struct bg_strv *ret)
{
	bg_strv_extend(ret, &r->cflags);
	if (r->compile_commands && bg_libclang_load(ds))
		return -ENOSYS;
	if (r->compile_commands) {
		BG_CLEANUP(bg_freep) char *path = bg_join(repo->root, r->compile_commands), *dir = bg_dirname(path), *abs = bg_join(repo->root, file);
		CXCompilationDatabase_Error code;
		CXCompilationDatabase db;
		CXCompileCommands cmds;

		if (strcmp(bg_basename(path), "compile_commands.json") || !bg_inside(path, repo->root)) {
			bg_diag(ds, BG_ERROR, BG_ID_NO_FILE, r->at, "'%s' is no compile_commands.json inside the repository", r->compile_commands);
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
		for (const char *const *a = (const char *const[]){ "-x", "c", NULL }; *a; a++) /* clang goes by the name */
			bg_strv_add(ret, *a);
	return 0;
}

void bg_units_own_flags(const struct bg_strv *flags, struct bg_strv *ret)
{
	static const char *const with_value[] = { "-I", "-D", "-U", "-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-o", "-MF", "-MT",
						  "-MQ", "-x" };
	static const char *const dropped[] = { "-I", "-D", "-U", "-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-M", "-W", "-w", "-c" };

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
