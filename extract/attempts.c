// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/attempts.h"

#include <sys/stat.h>

#include "extract/index_internal.h"

void bg_attempt_done(struct bg_attempt *a)
{
	bg_strv_done(&a->flags);
	free(a->error);
	free(a->file);
	*a = (struct bg_attempt){ 0 };
}

/* A statement with its text parameters bound. */
static const char *const none[] = { NULL };

static sqlite3_stmt *prepared(struct bg_index *ix, const char *sql, const char *const *texts, int *rc)
{
	sqlite3_stmt *st = NULL;

	if (*rc != SQLITE_OK)
		return NULL;
	*rc = sqlite3_prepare_v2(ix->db, sql, -1, &st, NULL);
	for (int i = 0; *rc == SQLITE_OK && texts[i]; i++)
		*rc = sqlite3_bind_text(st, i + 1, texts[i], -1, SQLITE_TRANSIENT);
	return st;
}
#define PREPARED(ix, rc, sql, ...) prepared(ix, sql, (const char *const[]){ __VA_ARGS__, NULL }, rc)

/* Runs it to its end and releases it. */
static void run(sqlite3_stmt *st, int *rc)
{
	while (*rc == SQLITE_OK && (*rc = sqlite3_step(st)) == SQLITE_ROW)
		*rc = SQLITE_OK;
	*rc = *rc == SQLITE_DONE ? SQLITE_OK : *rc;
	sqlite3_finalize(st);
}

static void split(const char *lines, struct bg_strv *ret)
{
	for (const char *p = lines; p && *p;) {
		size_t n = strcspn(p, "\n");
		BG_CLEANUP(bg_freep) char *one = bg_strndup(p, n);

		bg_strv_add(ret, one);
		p += n + (p[n] == '\n');
	}
}

/* Asks for files as they were, and notes those that are no longer so. */
static void compare(struct bg_index *ix, const char *root, const char *sql, int *rc)
{
	sqlite3_stmt *st = PREPARED(ix, rc, sql, root),
		     *note = prepared(ix, "INSERT OR IGNORE INTO changed VALUES(?1, ?2, ?3)", none, rc);

	while (*rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
		const char *path = (const char *)sqlite3_column_text(st, 0),
			   *sha = (const char *)sqlite3_column_text(st, 3);
		uint64_t size = (uint64_t)sqlite3_column_int64(st, 1), mtime_ns = (uint64_t)sqlite3_column_int64(st, 2);
		bool touched = false;

		if (path && bg_index_unchanged(path, size, sha ? sha : "", &mtime_ns, &touched))
			continue;
		sqlite3_bind_value(note, 1, sqlite3_column_value(st, 0));
		sqlite3_bind_value(note, 2, sqlite3_column_value(st, 1));
		sqlite3_bind_value(note, 3, sqlite3_column_value(st, 2));
		*rc = sqlite3_step(note) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
		sqlite3_reset(note);
	}
	sqlite3_finalize(note);
	sqlite3_finalize(st);
}

/* Units whose main file is gone are not asked for again, and would stay. */
static int remove_gone(struct bg_index *ix, const char *root)
{
	int rc = SQLITE_OK;
	struct bg_strv gone = { 0 };
	sqlite3_stmt *st = PREPARED(
		ix, &rc, "SELECT main FROM tu WHERE root = ?1 UNION SELECT main FROM attempt WHERE root = ?1", root);

	while (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
		const char *main = (const char *)sqlite3_column_text(st, 0);

		if (main && !bg_exists(main))
			bg_strv_add(&gone, main);
	}
	sqlite3_finalize(st);
	for (size_t i = 0; i < gone.n; i++) {
		run(PREPARED(ix, &rc, "DELETE FROM attempt WHERE root = ?1 AND main = ?2", root, gone.v[i]), &rc);
		if (rc == SQLITE_OK)
			rc = bg_index_forget(ix, root, gone.v[i], NULL);
	}
	bg_strv_done(&gone);
	return rc;
}

int bg_attempts_check(struct bg_index *ix, const struct bg_tree *tree, struct bg_diags *ds)
{
	int rc = sqlite3_exec(ix->db,
			      "DROP TABLE IF EXISTS temp.changed; DROP TABLE IF EXISTS temp.stale;"
			      "CREATE TEMP TABLE changed(path TEXT, size INTEGER, mtime_ns INTEGER, PRIMARY KEY(path, "
			      "size, mtime_ns)) WITHOUT ROWID;"
			      "CREATE TEMP TABLE stale(attempt INTEGER PRIMARY KEY)",
			      NULL, NULL, NULL);

	compare(ix, tree->root,
		"SELECT DISTINCT path, size, mtime_ns, sha256 FROM file WHERE tu IN (SELECT id FROM tu WHERE root = "
		"?1)",
		&rc);
	compare(ix, tree->root,
		"SELECT DISTINCT path, size, mtime_ns, '' FROM attempt_file WHERE attempt IN (SELECT id FROM attempt "
		"WHERE root = ?1)",
		&rc);
	/* what failed can do so for want of a header, and another header can be found first */
	run(PREPARED(ix, &rc,
		     "INSERT INTO stale SELECT id FROM attempt WHERE root = ?1 AND error IS NOT NULL AND headers != ?2",
		     tree->root, tree->headers.hex),
	    &rc);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(ix->db,
				  "INSERT OR IGNORE INTO stale SELECT attempt FROM changed JOIN attempt_file "
				  "USING(path, size, mtime_ns);"
				  "INSERT OR IGNORE INTO stale SELECT attempt.id FROM changed JOIN file USING(path, "
				  "size, mtime_ns) JOIN tu ON tu.id = file.tu"
				  " JOIN attempt USING(root, main, flags)",
				  NULL, NULL, NULL);
	run(PREPARED(ix, &rc,
		     "INSERT OR IGNORE INTO stale SELECT id FROM attempt WHERE root = ?1 AND error IS NULL AND NOT "
		     "EXISTS"
		     "(SELECT 1 FROM tu WHERE tu.root = attempt.root AND tu.main = attempt.main AND tu.flags = "
		     "attempt.flags)",
		     tree->root),
	    &rc);
	if (rc == SQLITE_OK)
		rc = remove_gone(ix, tree->root);
	return rc == SQLITE_OK ? 0 : bg_index_say(ix, ds);
}

static int read_attempt(struct bg_index *ix, const char *sql, const char *root, const char *main,
			const struct bg_strv *given, struct bg_diags *ds, struct bg_attempt *ret)
{
	BG_CLEANUP(bg_freep) char *flags = bg_index_flags(given);
	int rc = SQLITE_OK, found = -ENOENT;
	sqlite3_stmt *st = PREPARED(ix, &rc, sql, root, main, flags);

	*ret = (struct bg_attempt){ 0 };
	if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		split((const char *)sqlite3_column_text(st, 0), &ret->flags);
		ret->functions = (unsigned)sqlite3_column_int64(st, 1);
		ret->error = bg_strdup((const char *)sqlite3_column_text(st, 2));
		ret->file = bg_strdup((const char *)sqlite3_column_text(st, 3));
		ret->line = (unsigned)sqlite3_column_int64(st, 4);
		found = 0;
	} else if (rc != SQLITE_DONE) {
		found = bg_index_say(ix, ds);
	}
	sqlite3_finalize(st);
	return found;
}

#define READ "SELECT flags, functions, error, file, line FROM attempt WHERE root = ?1 AND main = ?2 AND given = ?3"

int bg_attempts_find(struct bg_index *ix, const char *root, const char *main, const struct bg_strv *given,
		     struct bg_diags *ds, struct bg_attempt *ret)
{
	return read_attempt(ix, READ " AND id NOT IN (SELECT attempt FROM stale)", root, main, given, ds, ret);
}

int bg_attempts_read(struct bg_index *ix, const char *root, const char *main, const struct bg_strv *given,
		     struct bg_diags *ds, struct bg_attempt *ret)
{
	return read_attempt(ix, READ, root, main, given, ds, ret);
}

static void note_files(struct bg_index *ix, sqlite3_int64 id, const struct bg_sources *read, int *rc)
{
	sqlite3_stmt *st = prepared(ix, "INSERT OR IGNORE INTO attempt_file VALUES(?2, ?1, ?3, ?4)", none, rc);

	for (size_t i = 0; i < read->files.n && *rc == SQLITE_OK; i++) {
		struct stat s;

		if (stat(read->files.v[i].path, &s) < 0)
			continue;
		sqlite3_bind_text(st, 1, read->files.v[i].path, -1, SQLITE_STATIC);
		sqlite3_bind_int64(st, 2, id);
		sqlite3_bind_int64(st, 3, s.st_size);
		sqlite3_bind_int64(st, 4, (sqlite3_int64)s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec);
		*rc = sqlite3_step(st) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
}

int bg_attempts_note(struct bg_index *ix, const char *root, const char *main, const struct bg_strv *given,
		     const struct bg_attempt *a, const struct bg_tree *tree, const struct bg_sources *read,
		     struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *from = bg_index_flags(given), *flags = bg_index_flags(&a->flags), *before = NULL;
	BG_CLEANUP(bg_freep) char *functions = bg_printf("%u", a->functions), *line = bg_printf("%u", a->line);
	int rc = bg_index_settle(ix, ds) ? SQLITE_ERROR : sqlite3_exec(ix->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	struct bg_strv old = { 0 };
	bool again = bg_attempts_flags(ix, root, main, given, &old);

	before = bg_index_flags(&old);
	run(PREPARED(ix, &rc,
		     "DELETE FROM attempt_file WHERE attempt IN (SELECT id FROM attempt WHERE root = ?1 AND main = ?2 "
		     "AND given = ?3)",
		     root, main, from),
	    &rc);
	run(PREPARED(ix, &rc, "DELETE FROM attempt WHERE root = ?1 AND main = ?2 AND given = ?3", root, main, from),
	    &rc);
	run(PREPARED(ix, &rc,
		     "INSERT INTO attempt(root, main, given, flags, functions, line, headers) VALUES(?1, ?2, ?3, ?4, "
		     "?5, ?6, ?7)",
		     root, main, from, flags, functions, line, tree ? tree->headers.hex : ""),
	    &rc);
	if (a->error) {
		sqlite3_int64 id = sqlite3_last_insert_rowid(ix->db);

		run(PREPARED(ix, &rc,
			     "UPDATE attempt SET error = ?1, file = nullif(?2, '') WHERE root = ?3 AND main = ?4 AND "
			     "given = ?5",
			     a->error, a->file ? a->file : "", root, main, from),
		    &rc);
		note_files(ix, id, read, &rc);
	}
	if (rc == SQLITE_OK && again && (a->error || strcmp(before, flags)))
		rc = bg_index_forget(ix, root, main, &old);
	bg_strv_done(&old);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(ix->db, "COMMIT", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return 0;
	bg_index_say(ix, ds);
	sqlite3_exec(ix->db, "ROLLBACK", NULL, NULL, NULL);
	return -EIO;
}

bool bg_attempts_flags(struct bg_index *ix, const char *root, const char *main, const struct bg_strv *given,
		       struct bg_strv *ret)
{
	BG_CLEANUP(bg_freep) char *flags = bg_index_flags(given);
	int rc = SQLITE_OK;
	sqlite3_stmt *st = PREPARED(ix, &rc, "SELECT flags FROM attempt WHERE root = ?1 AND main = ?2 AND given = ?3",
				    root, main, flags);

	bool known = rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW;

	if (known)
		split((const char *)sqlite3_column_text(st, 0), ret);
	sqlite3_finalize(st);
	return known;
}
