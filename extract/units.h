/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Getting a translation unit's facts: through the index, which scans what is not there or stale. And finding functions
 * in them.
 */
#ifndef BG_UNITS_H
#define BG_UNITS_H

#include "extract/tu.h"
#include "extract/index.h"
#include "extract/repo.h"

/*
 * Facts of file (relative to the repository, or absolute) with flags, from the index or by scanning. Where upstream's
 * build brings what its flags do not say (a vmlinux.h, an architecture for glibc's headers), the flag for it is added,
 * with a note. Errors as bg_scan() and bg_index_fetch().
 */
int bg_units_facts(struct bg_index *ix, const struct bg_repo *repo, const char *file, struct bg_strv *flags,
		   struct bg_diags *ds, struct bg_tu **ret);
/*
 * Reads a file anew for the index, with what came of it (extract/attempts.h): 0; -EIO, with a diagnostic, when the
 * index cannot be written; another errno when the file cannot be read, which is noted in the index. guess: folders with
 * headers that are missing, and C23, are tried.
 */
int bg_units_index(struct bg_index *ix, const struct bg_repo *repo, const char *file, bool guess,
		   const struct bg_strv *given, struct bg_diags *ds);
/* The same, but what was scanned may still be on its way into the index: see bg_index_store_beside(). */
int bg_units_facts_early(struct bg_index *ix, const struct bg_repo *repo, const char *file, struct bg_strv *flags,
			 struct bg_diags *ds, struct bg_tu **ret);
/*
 * The function definition at a line (line > 0, in file) or of a name, as an index into f->decls; -ENOENT with a
 * diagnostic that lists the nearest ones.
 */
int bg_units_function(const struct bg_tu *f, const char *file, unsigned line, const char *name, struct bg_loc at,
		      struct bg_diags *ds);
/*
 * The repository's flags and those of an extract, then, when the repository has compile_commands.json, what that says
 * of file. -EINVAL with a diagnostic when the file that it names is missing or broken; -ENOSYS without libclang.
 */
int bg_units_flags(const struct bg_repo *repo, const struct bg_spec_repo *r, const struct bg_strv *cflags,
		   const char *file, struct bg_diags *ds, struct bg_strv *ret);
/* Flags that a unit needs when it stands alone: no folders, no definitions, no warnings, no outputs. */
void bg_units_own_flags(const struct bg_strv *flags, struct bg_strv *ret);
/* Whether file names something inside the repository: relative, without "..", a regular file once resolved. */
bool bg_units_file_ok(const struct bg_repo *repo, const char *file);
/* The same; where not, an error says why. */
bool bg_units_file_named(const struct bg_repo *repo, const char *file, struct bg_loc at, struct bg_diags *ds);

#endif
