// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzz target: a well-formed index with rows that no scan makes. Whatever is in them, they are refused, or facts that all
 * that uses facts can bear: closure, emission, evidence. The input is text, one change a line; others are passed over:
 *   TABLE ROW COLUMN VALUE     sets a column (VALUE: a number, NULL, or text)
 *   TABLE ROW -                deletes the row
 *   TABLE ROW + NUMBER         makes a copy of it
 */
#include <sqlite3.h>

#include "fuzz.h"
#include "sample.h"

#define MAX_CHANGES 40

struct table {
	char *name;
	struct bg_strv columns;
	size_t rows;
};

static struct sample sample;
static BG_VEC(struct table) tables;

int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

static int add_table(void *arg, int n, char **columns, char **names)
{
	(void)arg;
	(void)n;
	(void)names;
	bg_vec_push(&tables, (struct table){ .name = bg_strdup(columns[0]) });
	return 0;
}

static int add_column(void *arg, int n, char **columns, char **names)
{
	(void)n;
	(void)names;
	bg_strv_add(&((struct table *)arg)->columns, columns[0]);
	return 0;
}

static int set_rows(void *arg, int n, char **columns, char **names)
{
	(void)n;
	(void)names;
	((struct table *)arg)->rows = strtoul(columns[0], NULL, 10);
	return 0;
}

static sqlite3 *opened(void)
{
	sqlite3 *db = NULL;

	FUZZ_MUST(sqlite3_open(sample.path, &db) == SQLITE_OK);
	FUZZ_MUST(sqlite3_exec(db, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY", NULL, NULL, NULL) == SQLITE_OK);
	return db;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	sqlite3 *db;

	(void)argc;
	(void)argv;
	sample_make(&sample);
	db = opened();
	FUZZ_MUST(sqlite3_exec(db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", add_table, NULL, NULL) == SQLITE_OK);
	for (size_t i = 0; i < tables.n; i++) {
		struct table *t = &tables.v[i];
		BG_CLEANUP(bg_freep) char *columns = bg_printf("SELECT name FROM pragma_table_info('%s')", t->name);
		BG_CLEANUP(bg_freep) char *rows = bg_printf("SELECT count(*) FROM \"%s\"", t->name);

		FUZZ_MUST(sqlite3_exec(db, columns, add_column, t, NULL) == SQLITE_OK);
		FUZZ_MUST(sqlite3_exec(db, rows, set_rows, t, NULL) == SQLITE_OK);
	}
	sqlite3_close(db);
	return 0;
}

static const struct table *table_named(const char *name)
{
	for (size_t i = 0; i < tables.n; i++)
		if (bg_streq(tables.v[i].name, name))
			return &tables.v[i];
	return NULL;
}

/* What makes a copy of a row with another number. */
static char *copy_sql(const struct table *t)
{
	struct bg_str b = { 0 };

	bg_str_addf(&b, "INSERT OR REPLACE INTO \"%s\" SELECT ", t->name);
	for (size_t i = 0; i < t->columns.n; i++)
		bg_str_addf(&b, "%s%s", i ? ", " : "", bg_streq(t->columns.v[i], "n") ? "?2" : t->columns.v[i]);
	bg_str_addf(&b, " FROM \"%s\" WHERE n = ?1", t->name);
	return bg_str_take(&b);
}

/* Rows of meta and tu have no number: there is one of each. */
static void change(sqlite3 *db, const struct table *t, long long row, const char *column, const char *value)
{
	const char *which = bg_strv_has(&t->columns, "n") ? "n = ?1" : "?1 = ?1";
	BG_CLEANUP(bg_freep) char *sql = NULL;
	sqlite3_stmt *st = NULL;
	char *end;

	if (bg_streq(column, "-"))
		sql = bg_printf("DELETE FROM \"%s\" WHERE %s AND ?2 = ?2", t->name, which);
	else if (bg_streq(column, "+") && bg_strv_has(&t->columns, "n"))
		sql = copy_sql(t);
	else if (bg_strv_has(&t->columns, column))
		sql = bg_printf("UPDATE OR IGNORE \"%s\" SET %s = ?2 WHERE %s", t->name, column, which);
	else
		return;
	FUZZ_MUST(sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK);
	sqlite3_bind_int64(st, 1, row);
	if (*value && (strtoll(value, &end, 10), !*end))
		sqlite3_bind_int64(st, 2, strtoll(value, NULL, 10));
	else if (!bg_streq(value, "NULL"))
		sqlite3_bind_text(st, 2, value, -1, SQLITE_STATIC);
	sqlite3_step(st);
	sqlite3_finalize(st);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_CLEANUP(bg_freep) char *text = bg_strndup((const char *)data, size);
	char *next = text, *line;
	unsigned n = 0;
	sqlite3 *db;

	sample_write(&sample, sample.bytes.s, sample.bytes.n);
	db = opened();
	sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	while ((line = strsep(&next, "\n")) && n++ < MAX_CHANGES) {
		const char *name = strsep(&line, " "), *row = strsep(&line, " "), *column = strsep(&line, " ");
		const struct table *t = table_named(name);

		if (t && row && column)
			change(db, t, strtoll(row, NULL, 10), column, line ? line : "");
	}
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(db);
	sample_use(&sample, size % 8 == 0);
	return 0;
}

/* Appends one change of something that is there, mostly; else the bytes are changed as they are. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	static const char *const values[] = { "0", "1", "2", "3", "5", "9", "17", "40", "100", "200", "300", "500", "900", "-1", "-2", "65536",
					      "4294967295", "4294967296", "2147483647", "2147483648", "-2147483648", "9223372036854775807",
					      "NULL", "", "x", "f", "struct v", "function", "variable", "call", "name", "*/", "<h.h>", "\"", " " };
	const struct table *t = &tables.v[seed % tables.n];
	BG_CLEANUP(bg_freep) char *line = NULL;
	unsigned n = seed / 64, row = n % (unsigned)(t->rows + 1), kind = n / 64 % 16;
	const char *value = values[seed / 4096 % BG_ARRAY_SIZE(values)];

	if (seed % 8 == 0)
		return LLVMFuzzerMutate(data, size, max);
	if (seed % 8 == 1)
		size /= 2;
	if (kind == 0)
		line = bg_printf("%s %u -\n", t->name, row);
	else if (kind == 1)
		line = bg_printf("%s %u + %s\n", t->name, row, value);
	else
		line = bg_printf("%s %u %s %s\n", t->name, row, t->columns.v[seed / 16 % t->columns.n], value);
	if (size + strlen(line) + 1 > max)
		return LLVMFuzzerMutate(data, size, max);
	if (size && data[size - 1] != '\n')
		data[size++] = '\n';
	memcpy(data + size, line, strlen(line));
	return size + strlen(line);
}
