/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A temporary folder with small upstream files, for the tests of extract/. */
#ifndef BG_EXTRACT_FIXTURE_H
#define BG_EXTRACT_FIXTURE_H

#include <sys/stat.h>
#include <unistd.h>

#include "core/compile.h"
#include "core/fs.h"
#include "extract/scan.h"

#include "harness.h"

static struct bg_tmpdir tmp;

static inline char *in_tmp(const char *name)
{
	return bg_join(tmp.path, name);
}

static inline void put_n(const char *name, const char *text, size_t n)
{
	BG_CLEANUP(bg_freep) char *path = in_tmp(name), *dir = bg_dirname(path);

	CU_ASSERT_EQUAL_FATAL(bg_mkdirs(dir), 0);
	CU_ASSERT_EQUAL_FATAL(bg_write_file(path, text, n), 0);
}

static inline void put(const char *name, const char *text)
{
	put_n(name, text, strlen(text));
}

/* Flags separated by one blank each; "" for none. */
static inline struct bg_strv words(const char *list)
{
	struct bg_strv sv = { 0 };

	while (*list) {
		size_t n = strcspn(list, " ");
		BG_CLEANUP(bg_freep) char *w = bg_strndup(list, n);

		bg_strv_add(&sv, w);
		list += n + (list[n] == ' ');
	}
	return sv;
}

static inline bool has_id(const struct bg_diags *ds, unsigned id)
{
	for (size_t i = 0; i < bg_diags_count(ds); i++)
		if (bg_diags_get(ds, i)->id == id)
			return true;
	return false;
}

static inline int scan_file(const char *name, const char *flags, struct bg_diags *ds, struct bg_tu **ret)
{
	struct bg_strv fl = words(flags);
	int err = bg_scan(tmp.path, name, &fl, ds, ret);

	bg_strv_done(&fl);
	return err;
}

/* Compiles text to an object in the folder and returns its path (caller frees). */
static inline char *object(const char *name, const char *text, const char *flags)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *file = bg_printf("%s.bpf.c", name), *path = in_tmp(file);
	char *out = bg_printf("%s/%s.bpf.o", tmp.path, name);
	struct bg_strv fl = words(flags);

	put(file, text);
	CU_ASSERT_EQUAL_FATAL(bg_compile(path, NULL, &fl, out, BG_ID_TOOL_FAILED, ds), 0);
	bg_strv_done(&fl);
	return out;
}

static inline const struct bg_f_decl *decl_named(const struct bg_tu *f, const char *name)
{
	const struct bg_f_decl *best = NULL;

	for (size_t i = 0; i < f->decls.n; i++)
		if (bg_streq(f->decls.v[i].name, name) && (!best || f->decls.v[i].is_def))
			best = &f->decls.v[i];
	return best;
}

/* As BG_RUN_TESTS, in a temporary folder. */
static inline int run_in_tmp(const char *suite, const struct bg_test *tests, size_t n)
{
	int failures;

	if (bg_tmpdir_make(&tmp))
		return 99;
	failures = bg_run_tests(suite, tests, n);
	bg_tmpdir_done(&tmp);
	return failures;
}

#endif
