// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The file that the index is in: opened, made, and emptied when it is of another version or broken. It refuses a file
 * that is not ours, and knows nothing of what the tables mean.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/task.h"
#include "extract/diag_ids.h"
#include "extract/index_internal.h"
#include "extract/schema.h"

#define INDEX_VERSION "9"
#define APPLICATION_ID 0x62676678       /* "bgfx": tells our files from other sqlite databases */

static bool is_broken(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

int bg_index_say(struct bg_index *ix, struct bg_diags *ds)
{
	bg_diag(ds, BG_ERROR, BG_ID_INDEX, BG_AT(ix->path, 0, 0), "cannot use the index: %s%s", sqlite3_errmsg(ix->db),
		is_broken(sqlite3_errcode(ix->db)) ? "; 'bpfgraft index' makes it anew" : "");
	return -EIO;
}

long long bg_index_single(struct bg_index *ix, const char *sql, long long otherwise)
{
	sqlite3_stmt *st = NULL;
	long long v = otherwise;

	if (sqlite3_prepare_v2(ix->db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return v;
}

/*
 * What an index of this program has as its version: made from the schema's text, so that no change of a table can be
 * forgotten, and from INDEX_VERSION, for changes of what the columns mean.
 */
static long long version(void)
{
	BG_CLEANUP(bg_freep) char *text = bg_printf("%s\n%s", INDEX_VERSION, bg_index_schema);
	struct bg_hash h = bg_sha256(text, strlen(text));

	h.hex[15] = '\0'; /* 60 bits: a positive number for sqlite */
	return strtoll(h.hex, NULL, 16);
}

static bool has_version(struct bg_index *ix)
{
	return bg_index_single(ix, "SELECT value FROM meta WHERE key = 'version'", -1) == version();
}

/* The statement that drops every table there is, of whatever version. Caller frees. */
static char *drop_all(struct bg_index *ix)
{
	sqlite3_stmt *st = NULL;
	struct bg_str sql = { 0 };

	if (sqlite3_prepare_v2(ix->db,
			       "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", -1,
			       &st, NULL) == SQLITE_OK)
		while (sqlite3_step(st) == SQLITE_ROW) {
			char *one = sqlite3_mprintf("DROP TABLE \"%w\";", (const char *)sqlite3_column_text(st, 0));

			bg_str_add(&sql, one ? one : "");
			sqlite3_free(one);
		}
	sqlite3_finalize(st);
	return bg_str_take(&sql);
}

/*
 * Makes the tables, in place of those of another version; unless another process just did. One transaction: others see
 * the old or the new index. The file itself stays: its journal goes by its name, so that a new file of that name could
 * get the old one's.
 */
static int make_tables(struct bg_index *ix)
{
	BG_CLEANUP(bg_freep) char *sql = NULL, *drop = NULL;
	int rc = sqlite3_exec(ix->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (rc == SQLITE_OK && has_version(ix))
		return sqlite3_exec(ix->db, "COMMIT", NULL, NULL, NULL);
	if (rc == SQLITE_OK) {
		drop = drop_all(ix);
		sql = bg_printf("%s %s; INSERT INTO meta VALUES('version', '%lld'); PRAGMA application_id = %d; COMMIT",
				drop, bg_index_schema, version(), APPLICATION_ID);
		rc = sqlite3_exec(ix->db, sql, NULL, NULL, NULL);
	}
	return rc;
}

static int set_up(struct bg_index *ix)
{
	/* a cache need not survive a power failure */
	return sqlite3_exec(ix->db, "PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
}

bool bg_index_reset(struct bg_index *ix, int rc)
{
	if (!is_broken(rc))
		return false;
	sqlite3_exec(ix->db, "ROLLBACK", NULL, NULL, NULL);
	/* VACUUM then makes an empty database of whatever the file is */
	sqlite3_db_config(ix->db, SQLITE_DBCONFIG_RESET_DATABASE, 1, 0);
	rc = sqlite3_exec(ix->db, "VACUUM", NULL, NULL, NULL);
	sqlite3_db_config(ix->db, SQLITE_DBCONFIG_RESET_DATABASE, 0, 0);
	return rc == SQLITE_OK && set_up(ix) == SQLITE_OK && make_tables(ix) == SQLITE_OK;
}

static void say_broken(const struct bg_index *ix, struct bg_diags *ds)
{
	bg_diag(ds, BG_WARNING, BG_ID_INDEX, BG_AT(ix->path, 0, 0), "the index was broken and is made anew");
}

/*
 * Whether a file that is no sound database may be overwritten: it was an index of ours, or it is where only an index of
 * ours can be.
 */
static bool is_ours(const char *path)
{
	BG_CLEANUP(bg_freep) char *cache = bg_cache_dir(), *dir = bg_dirname(path);
	BG_CLEANUP(bg_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char head[72];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	if (cache && bg_inside(dir, cache) && bg_streq(bg_basename(path), "index.sqlite"))
		return true;
	return pread(fd, head, sizeof(head), 0) == sizeof(head) && memcmp(head, "SQLite format 3", 16) == 0 &&
	       ((uint32_t)head[68] << 24 | (uint32_t)head[69] << 16 | (uint32_t)head[70] << 8 | head[71]) ==
		       APPLICATION_ID;
}

/* The tables of this version are there afterwards. 0, or -EIO with a diagnostic. */
static int prepare(struct bg_index *ix, struct bg_diags *ds)
{
	long long app = bg_index_single(ix, "PRAGMA application_id", -1);
	long long tables = bg_index_single(ix, "SELECT count(*) FROM sqlite_master", -1);
	int rc = sqlite3_extended_errcode(ix->db);

	if (tables < 0 && is_broken(rc) && is_ours(ix->path)) {
		if (!bg_index_reset(ix, rc))
			return bg_index_say(ix, ds);
		say_broken(ix, ds);
		return 0;
	}
	if (tables < 0 && !is_broken(rc))
		return bg_index_say(ix, ds);
	if (tables < 0 || (tables > 0 && app != APPLICATION_ID)) {
		bg_diag(ds, BG_ERROR, BG_ID_INDEX, BG_AT(ix->path, 0, 0),
			"the file is no index of bpfgraft; delete it or name another one");
		return -EIO;
	}
	if ((tables == 0 || !has_version(ix)) && (rc = make_tables(ix)) != SQLITE_OK && !bg_index_reset(ix, rc))
		return bg_index_say(ix, ds);
	return 0;
}

int bg_index_open(const char *path, struct bg_diags *ds, struct bg_index **ret)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = bg_alloc(sizeof(*ix));
	struct stat st;
	int rc;

	ix->path = bg_strdup(path);
	/* who works beside is waited for first (bg_index_settle()), so that sqlite need not lock for each call */
	rc = sqlite3_open_v2(path, &ix->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(ix->db, 30000);
		rc = set_up(ix);
	}
	if (rc != SQLITE_OK && !is_broken(rc))
		return bg_index_say(ix, ds);
	if (prepare(ix, ds)) {
		sqlite3_exec(ix->db, "ROLLBACK", NULL, NULL, NULL);
		/* what we began and could not write */
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
			unlink(path);
		return -EIO;
	}
	*ret = BG_TAKE(ix);
	return 0;
}

bool bg_index_repair(const char *path, struct bg_diags *ds)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *own = bg_diags_new();
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	sqlite3_stmt *st = NULL;
	bool sound;

	if (bg_index_open(path, own, &ix))
		return false;
	sound = sqlite3_prepare_v2(ix->db, "PRAGMA quick_check(1)", -1, &st, NULL) == SQLITE_OK &&
		sqlite3_step(st) == SQLITE_ROW && bg_streq((const char *)sqlite3_column_text(st, 0), "ok");
	sqlite3_finalize(st);
	if (sound || !bg_index_reset(ix, SQLITE_CORRUPT))
		return false;
	say_broken(ix, ds);
	return true;
}

struct bg_index *bg_index_close(struct bg_index *ix)
{
	if (!ix)
		return NULL;
	bg_task_wait(ix->storing);
	bg_diags_free(ix->said);
	sqlite3_close(ix->db);
	free(ix->path);
	free(ix);
	return NULL;
}

void bg_index_closep(struct bg_index **ix)
{
	*ix = bg_index_close(*ix);
}
