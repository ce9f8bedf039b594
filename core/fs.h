/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Files: whole reads with a limit, atomic writes, folders, hashes, and where bpfgraft keeps its own things. */
#ifndef BG_FS_H
#define BG_FS_H

#include <jansson.h>

#include "core/base.h"

/* Reads a regular file of at most limit bytes (0 = 64 MiB): 0, -EFBIG, -EISDIR, or another negative errno. */
int bg_read_file(const char *path, size_t limit, struct bg_str *ret);
/*
 * Writes path by a temporary file beside it and rename: a reader sees the old or the new content, never half, whenever
 * this process ends. Not synced to the disk: what bpfgraft writes can be made again.
 */
int bg_write_file(const char *path, const void *data, size_t n);
int bg_write_json(const char *path, const json_t *doc);      /* indented, keys in insertion order, final newline */
/* s as a JSON string (escaped when it is no valid UTF-8), or null. New reference. */
json_t *bg_json_text(const char *s);
int bg_copy_file(const char *from, const char *to);
int bg_mkdirs(const char *path);                             /* as mkdir -p */
bool bg_exists(const char *path);
bool bg_is_dir(const char *path);
/* A regular file: reading it ends, unlike a device or a pipe. */
bool bg_is_file(const char *path);
char *bg_join(const char *dir, const char *name);            /* name alone when absolute; caller frees */
char *bg_dirname(const char *path);                          /* "." when there is none; caller frees */
const char *bg_basename(const char *path);                   /* borrowed from path */
/* The canonical path (realpath), or NULL with errno; caller frees. */
char *bg_realpath(const char *path);
/*
 * The same for many files of few folders: known remembers each folder's path, so that the system is not asked for every
 * component of every file. Caller frees.
 */
char *bg_realpath_known(struct bg_strv *known, const char *path);
/* Whether path, resolved, lies in folder, resolved; false when either does not exist. */
bool bg_inside(const char *path, const char *folder);
/* A name that is safe as one path component: letters, digits, '.', '_', '-', not starting with '.', at most 128. */
bool bg_safe_name(const char *name);

/*
 * A private folder, removed with all it holds by bg_tmpdir_done(). What a killed process has left of its own (same
 * user, not locked by a process that lives) goes when another process makes one in the same place.
 */
struct bg_tmpdir { char *path; int lock; };     /* lock: file descriptor, while path is set */
int bg_tmpdir_make(struct bg_tmpdir *t);                     /* under TMPDIR */
int bg_tmpdir_make_in(const char *base, struct bg_tmpdir *t); /* base: exists; does not sweep it */
/* removes what killed processes left there, some at once */
void bg_tmpdirs_sweep(const char *base);
void bg_tmpdir_done(struct bg_tmpdir *t);
/* From now on SIGINT, SIGTERM and SIGHUP remove what bg_tmpdir_make() made before they end this process. For main(). */
void bg_tmpdirs_on_signal(void);
int bg_remove_tree(const char *path);                        /* follows no symbolic link */

/* SHA-256 as 64 hex digits. */
struct bg_hash { char hex[65]; };
struct bg_hash bg_sha256(const void *data, size_t n);

/*
 * The rules folder: $BPFGRAFT_RULES, else share/bpfgraft/rules of where the executable or the library is installed, else the source tree's. The
 * cache folder: $BPFGRAFT_CACHE, else $XDG_CACHE_HOME/bpfgraft, else ~/.cache/bpfgraft (ENOENT without any of them);
 * made when missing. Caller frees; NULL with errno when there is none.
 */
char *bg_rules_dir(void);
char *bg_cache_dir(void);

#endif
