/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * bpfgraft.lock beside a spec: what 'bpfgraft lock' found the spec to mean, so that it means the same tomorrow and
 * elsewhere. Per spec of its folder: the commit of each repository, and of each extract the answers, given and found,
 * and hashes of what the unit consists of (docs/spec.md). Reading it changes nothing but the spec in memory; a lock of
 * a newer version is refused.
 */
#ifndef BG_LOCK_H
#define BG_LOCK_H

#include <jansson.h>

#include "core/spec.h"

#define BG_LOCK_VERSION 2       /* 1 has no closure, entry or figures, and is read all the same */
#define BG_LOCK_FILE	"bpfgraft.lock"

struct bg_lock;

/* The lock's part about this spec; *ret NULL and 0 when there is none. -EINVAL, with diagnostics, for a file that is no
 * lock that this version reads. */
int bg_lock_open(const struct bg_spec *spec, struct bg_diags *ds, struct bg_lock **ret);
struct bg_lock *bg_lock_free(struct bg_lock *l);
void bg_lock_freep(struct bg_lock **l);

/*
 * Gives repositories the locked commit, and extracts the answers that the spec does not give. Where spec and lock
 * disagree the spec is followed, and each disagreement told at its line: as an error with strict, else as a warning.
 * Whether they agree.
 */
bool bg_lock_apply(const struct bg_lock *l, struct bg_spec *spec, bool strict, struct bg_diags *ds);

/*
 * Both: the lock, if there is one, opened and applied. BG_EXIT_USAGE when it cannot be read; BG_EXIT_NO when strict, and it does not hold or there is none.
 */
enum bg_exit bg_lock_take(struct bg_spec *spec, bool strict, struct bg_diags *ds, struct bg_lock **ret);

/* Whether what was extracted (extract.json) is what the lock says: commit and declarations. Told as above. */
bool bg_lock_holds(const struct bg_lock *l, const struct bg_spec *spec, const struct bg_spec_extract *e,
		   const json_t *report, bool strict, struct bg_diags *ds);

/* What the lock says of an extract, as an object; NULL: nothing. New reference. */
json_t *bg_lock_extract(const struct bg_lock *l, const char *name);
/* The commit of a repository, and a tool's version ("clang", "kernel"...); NULL: not said. Borrowed. */
const char *bg_lock_commit(const struct bg_lock *l, const char *repository);
const char *bg_lock_tool(const struct bg_lock *l, const char *name);

/*
 * {file: {"kind name": hash}} of extract.json's closure, sorted: what of upstream the unit consists of. What -D defines
 * stands under "(flags)". New reference.
 */
json_t *bg_lock_closure(const json_t *report);
/* A row of extract.json's closure under its name there: the key (caller frees) in the file (borrowed). */
char *bg_lock_closure_key(const json_t *piece);
const char *bg_lock_closure_file(const json_t *piece);

/* Of an extract: extract.json, and its figures {name: number or word}, NULL: they are not known. */
struct bg_lock_unit {
	json_t *report, *figures;
};

/*
 * Writes the lock of this spec; what the file says of other specs of its folder stays. tools: {tool, clang, libbpf,
 * spatch, kernel}; units: parallel to spec->extracts. 0, or a negative errno with a diagnostic; *ret_path (caller
 * frees): the file's name.
 */
int bg_lock_write(const struct bg_spec *spec, const json_t *tools, const struct bg_lock_unit *units,
		  struct bg_diags *ds, char **ret_path);

#endif
