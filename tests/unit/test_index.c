// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The index gives back what it was given, or nothing: never something stale, foreign or damaged. */
#include "extract/index.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "extract/closure.h"
#include "extract/diag_ids.h"
#include "extract/emit.h"
#include "extract_fixture.h"

static const char header[] =
	"#ifndef H\n#define H\n#define LIMIT 9\nenum { LOW, HIGH = LIMIT };\nstruct v { __u32 n[HIGH]; };\n#pragma pack(push, 1)\n"
	"struct w { char a; int b; };\n#pragma pack(pop)\nstruct later;\n#endif\n";
static const char source[] =
	"#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n#include \"h.h\"\n"
	"struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, struct v); } m SEC(\".maps\");\n"
	"/* reads */\nstatic __always_inline int q(struct v *v) {\n#ifdef NO\n\treturn 7;\n#endif\n\treturn v->n[0] + sizeof(struct w) + __LINE__; }\nint by_name(struct later *l);\n"
	"SEC(\"xdp\") int f(struct xdp_md *c) { __u32 k = FLAG; struct v *v = bpf_map_lookup_elem(&m, &k); return v ? q(v) : LOW; }\n"
	"char l[] SEC(\"license\") = \"GPL\";\n";

static void put_sources(void)
{
	put("r/h.h", header);
	put("r/p.c", source);
}

static char *root(void)
{
	BG_CLEANUP(bg_freep) char *r = in_tmp("r");

	return bg_realpath(r);
}

static struct bg_tu *scanned(const char *flags)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *r = root();
	struct bg_strv fl = words(flags);
	struct bg_tu *tu = NULL;

	if (bg_scan(r, "p.c", &fl, ds, &tu))
		bg_diags_flush(ds, stderr, false, BG_NOTE);
	bg_strv_done(&fl);
	CU_ASSERT_PTR_NOT_NULL_FATAL(tu);
	return tu;
}

static struct bg_index *opened(const char *name)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *path = in_tmp(name);
	struct bg_index *ix = NULL;

	CU_ASSERT_EQUAL_FATAL(bg_index_open(path, ds, &ix), 0);
	return ix;
}

static int fetch(struct bg_index *ix, const char *flags, struct bg_tu **ret)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *r = root();
	struct bg_strv fl = words(flags);
	int err = bg_index_fetch(ix, r, "p.c", &fl, ds, ret);

	bg_strv_done(&fl);
	CU_ASSERT_EQUAL(bg_diags_count(ds) > 0, err == -EIO);
	return err;
}

static int store(struct bg_index *ix, const struct bg_tu *tu)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	int err = bg_index_store(ix, tu, ds);

	CU_ASSERT_EQUAL(bg_diags_errors(ds) > 0, err != 0);
	return err;
}

/* An index with p.c in it. */
static void made(const char *name, const char *flags)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = opened(name);
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = scanned(flags);

	CU_ASSERT_EQUAL_FATAL(store(ix, tu), 0);
}

/* The unit of f: what all facts are for. */
static char *unit_of(const struct bg_tu *tu)
{
	struct bg_emit_head head = { "f", "r", NULL };
	const struct bg_f_decl *d = decl_named(tu, "f");
	struct bg_emit_counts n;
	struct bg_str out = { 0 };
	struct bg_closure c;

	if (!d)
		return bg_strdup("");
	bg_closure_compute(tu, &d->item, 1, &c);
	bg_emit(tu, &c, &head, &out, &n);
	bg_closure_done(&c);
	return bg_str_take(&out);
}

#define SAME_ARRAY(a, b, field) CU_ASSERT((a)->field.n == (b)->field.n && \
	(!(a)->field.n || memcmp((a)->field.v, (b)->field.v, (a)->field.n * sizeof(*(a)->field.v)) == 0))

static void test_round_trip(void)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = opened("round.sqlite");
	BG_CLEANUP(bg_tu_freep) struct bg_tu *a = NULL, *b = NULL;
	BG_CLEANUP(bg_freep) char *ua = NULL, *ub = NULL;

	put_sources();
	a = scanned("-DFLAG=1");
	CU_ASSERT_EQUAL(fetch(ix, "-DFLAG=1", &b), -ENOENT);
	CU_ASSERT_EQUAL(store(ix, a), 0);
	CU_ASSERT_EQUAL_FATAL(fetch(ix, "-DFLAG=1", &b), 0);
	CU_ASSERT_STRING_EQUAL(a->root, b->root);
	CU_ASSERT_STRING_EQUAL(a->main, b->main);
	CU_ASSERT_EQUAL_FATAL(a->n_text, b->n_text);
	for (size_t i = 0; i < a->segs.n; i++) /* what is between them is never looked at */
		CU_ASSERT_EQUAL(memcmp(a->text + a->segs.v[i].s, b->text + a->segs.v[i].s, a->segs.v[i].e - a->segs.v[i].s), 0);
	SAME_ARRAY(a, b, segs);
	SAME_ARRAY(a, b, refs);
	SAME_ARRAY(a, b, sysrefs);
	SAME_ARRAY(a, b, macro_uses);
	SAME_ARRAY(a, b, sysneeds);
	CU_ASSERT_EQUAL(a->pragmas.n, 2);
	CU_ASSERT_EQUAL(b->pragmas.n, 2);
	SAME_ARRAY(a, b, branches);
	CU_ASSERT_EQUAL(a->branches.n, 1);
	SAME_ARRAY(a, b, calls);
	SAME_ARRAY(a, b, mapuses);
	CU_ASSERT_EQUAL(a->mapuses.n, 1);
	CU_ASSERT_EQUAL_FATAL(a->helpers.n, 1);
	CU_ASSERT_EQUAL_FATAL(b->helpers.n, 1);
	CU_ASSERT_STRING_EQUAL(b->helpers.v[0].name, "bpf_map_lookup_elem");
	CU_ASSERT(a->helpers.v[0].function == b->helpers.v[0].function && a->helpers.v[0].off == b->helpers.v[0].off);
	CU_ASSERT_EQUAL_FATAL(a->items.n, b->items.n);
	for (size_t i = 0; i < a->items.n; i++) {
		const struct bg_f_item *x = &a->items.v[i], *y = &b->items.v[i];

		CU_ASSERT(x->s == y->s && x->e == y->e && x->cs == y->cs && x->te == y->te && x->line_dependent == y->line_dependent &&
			  x->is_licence == y->is_licence && x->scanned == y->scanned && x->size == y->size && x->align == y->align);
	}
	CU_ASSERT_EQUAL_FATAL(a->decls.n, b->decls.n);
	for (size_t i = 0; i < a->decls.n; i++) {
		const struct bg_f_decl *x = &a->decls.v[i], *y = &b->decls.v[i];

		CU_ASSERT(x->item == y->item && x->kind == y->kind && x->is_def == y->is_def && x->is_static == y->is_static &&
			  x->is_map == y->is_map && x->off == y->off && x->end == y->end && bg_streq(x->name, y->name) && bg_streq(x->usr, y->usr));
		CU_ASSERT(x->section ? bg_streq(x->section, y->section) : !y->section);
		CU_ASSERT(x->context ? bg_streq(x->context, y->context) : !y->context);
	}
	CU_ASSERT_EQUAL(a->files.n, b->files.n);
	CU_ASSERT_EQUAL(a->incs.n, b->incs.n);
	CU_ASSERT_EQUAL(a->tag_defs.n, b->tag_defs.n);
	CU_ASSERT_EQUAL(a->tag_names.n, b->tag_names.n);
	ua = unit_of(a);
	ub = unit_of(b);
	CU_ASSERT_STRING_EQUAL(ua, ub);
	CU_ASSERT(strstr(ua, "struct w") && strstr(ua, "#define FLAG"));
}

static void test_flags_tell_units_apart(void)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	BG_CLEANUP(bg_tu_freep) struct bg_tu *a = NULL, *b = NULL, *none = NULL;

	put_sources();
	made("flags.sqlite", "-DFLAG=1");
	made("flags.sqlite", "-DFLAG=0");
	ix = opened("flags.sqlite");
	CU_ASSERT_EQUAL(fetch(ix, "-DFLAG=1", &a), 0);
	CU_ASSERT_EQUAL(fetch(ix, "-DFLAG=0", &b), 0);
	CU_ASSERT_EQUAL(fetch(ix, "-DFLAG=2", &none), -ENOENT);
	CU_ASSERT_EQUAL(fetch(ix, "", &none), -ENOENT);
}

static void count_row(void *arg, int n, const char *const *columns)
{
	*(int *)arg = n == 1 && columns[0] ? atoi(columns[0]) : -1;
}

static int count(struct bg_index *ix, const char *sql)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	int n = -1;

	return bg_index_rows(ix, sql, NULL, 0, count_row, &n, ds) ? -1 : n;
}

static void test_stored_again(void)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	int before;

	put_sources();
	made("again.sqlite", "-DFLAG=1");
	ix = opened("again.sqlite");
	before = count(ix, "SELECT (SELECT count(*) FROM decl) + (SELECT count(*) FROM ref) + (SELECT count(*) FROM file)");
	CU_ASSERT(before > 10);
	made("again.sqlite", "-DFLAG=1");
	CU_ASSERT_EQUAL(count(ix, "SELECT (SELECT count(*) FROM decl) + (SELECT count(*) FROM ref) + (SELECT count(*) FROM file)"), before);
	CU_ASSERT_EQUAL(count(ix, "SELECT count(*) FROM tu"), 1);
}

static void test_stale(void)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	BG_CLEANUP(bg_freep) char *h = in_tmp("r/h.h"), *changed = bg_printf("%s/* more */\n", header), *same_size = bg_strdup(header);
	BG_CLEANUP(bg_tu_freep) struct bg_tu *a = NULL, *b = NULL;
	struct timespec now[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };

	put_sources();
	made("stale.sqlite", "-DFLAG=1");
	ix = opened("stale.sqlite");
	CU_ASSERT_EQUAL(utimensat(AT_FDCWD, h, now, 0), 0);
	CU_ASSERT_EQUAL(fetch(ix, "-DFLAG=1", &a), 0); /* another time, the same content */
	put("r/h.h", changed);
	CU_ASSERT_EQUAL(fetch(ix, "-DFLAG=1", &b), -ENOENT);
	strstr(same_size, "LIMIT 9")[6] = '8';
	put("r/h.h", same_size);
	CU_ASSERT_EQUAL(fetch(ix, "-DFLAG=1", &b), -ENOENT);
	put("r/h.h", header);
	CU_ASSERT_EQUAL(fetch(ix, "-DFLAG=1", &b), 0);
	CU_ASSERT_EQUAL(unlink(h), 0);
	bg_tu_free(BG_TAKE(b));
	CU_ASSERT_EQUAL(fetch(ix, "-DFLAG=1", &b), -ENOENT);
}

/* Opening is refused with a diagnostic, and the file is as it was. */
static void refused(const char *name)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *path = in_tmp(name);
	struct bg_str before = { 0 }, after = { 0 };
	struct bg_index *ix = NULL;

	CU_ASSERT_EQUAL(bg_read_file(path, 0, &before), 0);
	CU_ASSERT_EQUAL(bg_index_open(path, ds, &ix), -EIO);
	CU_ASSERT_PTR_NULL(ix);
	CU_ASSERT(has_id(ds, BG_ID_INDEX));
	CU_ASSERT_EQUAL(bg_read_file(path, 0, &after), 0);
	CU_ASSERT(before.n == after.n && (!before.n || memcmp(before.s, after.s, before.n) == 0));
	bg_str_done(&before);
	bg_str_done(&after);
}

static void test_foreign(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *path = in_tmp("foreign.sqlite"), *folder = in_tmp("folder");
	struct bg_index *ix = NULL;
	sqlite3 *db;

	CU_ASSERT_EQUAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, "CREATE TABLE meta(key, value); INSERT INTO meta VALUES('version', '3'); CREATE TABLE mine(x)", NULL, NULL, NULL),
			SQLITE_OK);
	sqlite3_close(db);
	refused("foreign.sqlite");
	put("text", "dear diary, this is a text file of some length, and no database at all; please leave it as it is\n");
	refused("text");
	bg_mkdirs(folder);
	CU_ASSERT_EQUAL(bg_index_open(folder, ds, &ix), -EIO);
	CU_ASSERT_EQUAL(bg_index_open("/nonexistent/folder/index", ds, &ix), -EIO);
	CU_ASSERT_PTR_NULL(ix);
	CU_ASSERT_EQUAL(bg_diags_errors(ds), 2);
}

static void test_another_version(void)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	BG_CLEANUP(bg_freep) char *path = in_tmp("version.sqlite");
	sqlite3 *db;

	put_sources();
	made("version.sqlite", "-DFLAG=1");
	CU_ASSERT_EQUAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, "UPDATE meta SET value = '0'; DROP TABLE macro", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	ix = opened("version.sqlite"); /* made anew */
	CU_ASSERT_EQUAL(count(ix, "SELECT count(*) FROM tu"), 0);
	made("version.sqlite", "-DFLAG=1");
	ix = bg_index_close(ix);
	/* A number from before the version was made of the schema: two different schemas once had this one. */
	CU_ASSERT_EQUAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, "UPDATE meta SET value = '5'; DROP TABLE helper", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	ix = opened("version.sqlite");
	CU_ASSERT_EQUAL(count(ix, "SELECT count(*) FROM tu"), 0);
	made("version.sqlite", "-DFLAG=1");
}

/* Each damage to a copy of a good index: refused with a diagnostic, or used without a crash, or replaced; afterwards there is an answer. */
static void damaged(const char *bytes, size_t n, const char *right_unit, size_t *kept)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	BG_CLEANUP(bg_freep) char *path = in_tmp("bad.sqlite"), *unit = NULL;
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = NULL;

	put_n("bad.sqlite", bytes, n);
	if (bg_index_open(path, ds, &ix)) {
		CU_ASSERT(has_id(ds, BG_ID_INDEX));
		return;
	}
	if (fetch(ix, "-DFLAG=1", &tu))
		return;
	++*kept;
	unit = unit_of(tu);
	CU_ASSERT(!right_unit || bg_streq(unit, right_unit));
}

static void test_damaged(void)
{
	BG_CLEANUP(bg_freep) char *path = in_tmp("good.sqlite"), *unit = NULL;
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = NULL;
	struct bg_str good = { 0 };
	uint32_t seed = 7;
	size_t kept = 0;

	put_sources();
	made("good.sqlite", "-DFLAG=1");
	CU_ASSERT_EQUAL_FATAL(bg_read_file(path, 0, &good), 0);
	tu = scanned("-DFLAG=1");
	unit = unit_of(tu);
	for (size_t n = 0; n < good.n; n += good.n / 40 + 13) /* what is cut off may be of no use here */
		damaged(good.s, n, unit, &kept);
	CU_ASSERT(kept < 10);
	for (int round = 0; round < 300; round++) {
		BG_CLEANUP(bg_freep) char *copy = malloc(good.n);

		memcpy(copy, good.s, good.n);
		for (int k = 0; k < 1 + round % 20; k++) {
			seed = seed * 1664525u + 1013904223u;
			copy[(seed >> 6) % good.n] = (char)(seed >> 4);
		}
		damaged(copy, good.n, NULL, &kept);
	}
	CU_ASSERT(kept > 0);
	bg_str_done(&good);
}

/* Values that a row can hold but the facts cannot: not used. */
static void test_impossible_rows(void)
{
	static const char *const changes[] = {
		"UPDATE item SET s = 4000000000", "UPDATE item SET te = 4000000000", "UPDATE decl SET item = 4000000000", "UPDATE decl SET kind = 'thing'",
		"UPDATE decl SET name = NULL", "UPDATE ref SET dst = 100000", "UPDATE ref SET how = NULL", "UPDATE include SET file = 999",
		"UPDATE include SET top = 999", "UPDATE include SET parent = 999", "UPDATE include SET dir_s = 4000000000",
		"UPDATE include SET e = 4000000000", "UPDATE include SET spelled = NULL", "UPDATE segment SET e = s",
		"UPDATE segment SET off = 4000000000", "UPDATE macro SET top = 999", "UPDATE macro SET te = 4000000000", "UPDATE macro SET name = NULL",
		"UPDATE macro SET n = n + 20000000", "UPDATE pragma SET mate = 77", "UPDATE pragma SET mate = -5", "UPDATE call SET callee = 99999",
		"UPDATE map_use SET map = 99999", "UPDATE sysneed SET what = 9", "UPDATE sysref SET top = 99999", "UPDATE macro_use SET macro = 99999",
		"UPDATE tu SET n_text = -1", "UPDATE tu SET n_text = 1", "UPDATE file SET path = NULL", "UPDATE file SET sha256 = 'x', mtime_ns = 0",
		"DELETE FROM include", "DELETE FROM file", "DELETE FROM segment", "DELETE FROM item", "DROP TABLE call", "DELETE FROM tag",
		"UPDATE tag SET tag = 'x'", "UPDATE tag SET tag = NULL", "UPDATE decl SET off = 4000000000", "UPDATE decl SET \"end\" = 0",
		"UPDATE macro SET s = 4000000000", "UPDATE include SET s = e + 1", "UPDATE pragma SET s = 0, e = 0", "UPDATE branch SET e = s",
		"UPDATE branch SET e = 4000000000", "UPDATE branch SET s = 0",
	};
	BG_CLEANUP(bg_freep) char *path = in_tmp("rows.sqlite");

	put_sources();
	for (size_t i = 0; i < BG_ARRAY_SIZE(changes); i++) {
		BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
		BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = NULL;
		BG_CLEANUP(bg_freep) char *unit = NULL;
		sqlite3 *db;

		made("rows.sqlite", "-DFLAG=1");
		CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
		if (sqlite3_exec(db, changes[i], NULL, NULL, NULL) != SQLITE_OK)
			fprintf(stderr, "\n  %s: %s\n", changes[i], sqlite3_errmsg(db));
		CU_ASSERT(sqlite3_changes(db) > 0 || strstr(changes[i], "DROP"));
		sqlite3_close(db);
		ix = opened("rows.sqlite");
		if (fetch(ix, "-DFLAG=1", &tu) == 0)
			unit = unit_of(tu);
		unlink(path);
	}
}

static int child(int number)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *path = in_tmp("shared.sqlite"), *r = root();
	BG_CLEANUP(bg_tu_freep) struct bg_tu *tu = scanned(number % 2 ? "-DFLAG=1" : "-DFLAG=0");

	for (int i = 0; i < 15; i++) {
		BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
		BG_CLEANUP(bg_tu_freep) struct bg_tu *back = NULL;

		if (bg_index_open(path, ds, &ix) || bg_index_store(ix, tu, ds) || bg_index_fetch(ix, r, "p.c", &tu->flags, ds, &back) ||
		    back->decls.n != tu->decls.n || back->refs.n != tu->refs.n) {
			bg_diags_flush(ds, stderr, false, BG_NOTE);
			return 1;
		}
	}
	return 0;
}

static void test_processes_at_once(void)
{
	pid_t pids[4];

	put_sources();
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(child(i));
		CU_ASSERT_FATAL(pids[i] > 0);
	}
	for (int i = 0; i < 4; i++) {
		int status = -1;

		CU_ASSERT_EQUAL(waitpid(pids[i], &status, 0), pids[i]);
		CU_ASSERT_EQUAL(status, 0);
	}
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "stored and fetched", test_round_trip },
		{ "flags tell units apart", test_flags_tell_units_apart },
		{ "stored again", test_stored_again },
		{ "stale", test_stale },
		{ "foreign files", test_foreign },
		{ "another version", test_another_version },
		{ "damaged files", test_damaged },
		{ "impossible rows", test_impossible_rows },
		{ "processes at once", test_processes_at_once },
	};

	return run_in_tmp("index", tests, BG_ARRAY_SIZE(tests));
}
