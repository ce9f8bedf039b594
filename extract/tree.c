// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/tree.h"

#include <ftw.h>
#include <sys/stat.h>

static struct bg_tree *filling;         /* nftw has no argument to pass on */

static int on_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	if (type == FTW_D && ftw->level > 0 && path[ftw->base] == '.')
		return FTW_SKIP_SUBTREE;
	if (type != FTW_F || !S_ISREG(st->st_mode)) /* F: pipes and devices, too */
		return FTW_CONTINUE;
	filling->cut_off = filling->files.n >= BG_TREE_MAX;
	if (filling->cut_off)
		return FTW_STOP;
	bg_strv_add(&filling->files, path + strlen(filling->root) + 1);
	return FTW_CONTINUE;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool can_be_included(const char *path)
{
	static const char *const ends[] = { ".h", ".inc", ".def", ".hpp", ".c" };

	for (size_t i = 0; i < BG_ARRAY_SIZE(ends); i++)
		if (bg_ends(path, ends[i]))
			return true;
	return false;
}

const struct bg_tree *bg_tree_get(const char *root, bool anew)
{
	static struct bg_tree t;
	struct bg_str names = { 0 };

	if (bg_streq(t.root, root) && !anew)
		return &t;
	free(t.root);
	bg_strv_done(&t.files);
	t = (struct bg_tree){ .root = bg_strdup(root) };
	filling = &t;
	nftw(root, on_file, 64, FTW_PHYS | FTW_ACTIONRETVAL);
	if (t.files.n)
		qsort(t.files.v, t.files.n, sizeof(*t.files.v), by_name);
	for (size_t i = 0; i < t.files.n; i++)
		if (can_be_included(t.files.v[i]))
			bg_str_addn(&names, t.files.v[i], strlen(t.files.v[i]) + 1);
	t.headers = bg_sha256(names.s ? names.s : "", names.n);
	bg_str_done(&names);
	return &t;
}

/* How many folders lead from the one of the file a up to one that holds b, and down to b. */
static size_t distance(const char *a, const char *b)
{
	size_t common = 0, steps = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '/')
			common = i + 1;
	for (const char *p = a + common; (p = strchr(p, '/')); p++)
		steps++;
	for (const char *p = b + common; (p = strchr(p, '/')); p++)
		steps++;
	return steps;
}

/* vmlinux.h and asm/ come once for each architecture. */
static bool of_another_machine(const char *path)
{
	static const char *const machines[] = {
#if defined(__aarch64__)
		"x86",
#else
		"arm64", "aarch64",
#endif
		"/arm/", "riscv", "powerpc", "ppc", "s390", "mips", "loongarch", "sparc",
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(machines); i++)
		if (strstr(path, machines[i]))
			return true;
	return false;
}

char *bg_tree_folder(const struct bg_tree *t, const char *name, const char *includer, const struct bg_strv *not)
{
	BG_CLEANUP(bg_freep) char *tail = bg_printf("/%s", name), *best = NULL;
	size_t least = SIZE_MAX;

	if (name[0] == '/' || name[0] == '.')
		return NULL;
	for (size_t i = 0; i < t->files.n; i++) {
		const char *path = t->files.v[i];
		size_t far;
		char *dir;

		if (strcmp(path, name) && !bg_ends(path, tail))
			continue;
		far = distance(includer, path) + (of_another_machine(path) ? 1000 : 0);
		if (far >= least)
			continue;
		dir = strcmp(path, name) ? bg_strndup(path, strlen(path) - strlen(tail)) : bg_strdup(".");
		if (bg_strv_has(not, dir)) {
			free(dir);
			continue;
		}
		free(best);
		best = dir;
		least = far;
	}
	return BG_TAKE(best);
}
