// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The facts of units in the index: stored and fetched. The file itself is index_file.c's. */
#include "extract/index.h"

#include <sys/stat.h>

#include "core/task.h"
#include "extract/index_internal.h"
#include "extract/sound.h"

#define MAX_TEXT (512 << 20)            /* bytes of a unit, more than a scan lays out */

static const char *const kind_names[] = {
	[BG_DECL_FUNCTION] = "function",   [BG_DECL_VARIABLE] = "variable", [BG_DECL_STRUCT] = "struct",
	[BG_DECL_UNION] = "union",	   [BG_DECL_ENUM] = "enum",	    [BG_DECL_TYPEDEF] = "typedef",
	[BG_DECL_ENUMCONST] = "enumconst", [BG_DECL_OTHER] = "other",
};

/* --- storing */

#define ROWS 8                          /* that one statement inserts: half of its cost is the statement's */

struct store {
	struct bg_index *ix;
	sqlite3_stmt *st;
	const char *table;
	int columns;
	size_t left;                    /* rows of the table still to come */
	int rows, filled;               /* rows of the statement, and how many of them are bound */
	int64_t tu;
	int rc;
};

static void prepare_rows(struct store *s, int rows)
{
	struct bg_str sql = { 0 };

	bg_str_addf(&sql, "INSERT INTO %s VALUES", s->table);
	for (int r = 0; r < rows; r++) {
		bg_str_add(&sql, r ? ",(" : "(");
		for (int i = 0; i < s->columns; i++)
			bg_str_add(&sql, i ? ",?" : "?");
		bg_str_addc(&sql, ')');
	}
	sqlite3_finalize(s->st);
	s->st = NULL;
	s->rows = rows;
	s->filled = 0;
	s->rc = sqlite3_prepare_v2(s->ix->db, sql.s, (int)sql.n, &s->st, NULL);
	bg_str_done(&sql);
}

/* rows: as many row() calls follow for the table. */
static void begin_table(struct store *s, const char *table, int columns, size_t rows)
{
	s->table = table;
	s->columns = columns;
	s->left = rows;
	s->rows = 0;
}

/*
 * One row: unit, number, then by format: i = int64 (pass long long), s = string or NULL, which lives until the table is
 * done.
 */
static void row(struct store *s, size_t n, const char *format, ...)
{
	int rows = s->left + (size_t)s->filled < ROWS ? 1 : ROWS, col;
	va_list ap;

	if (s->rc == SQLITE_OK && s->rows != rows && !s->filled)
		prepare_rows(s, rows);
	if (s->rc != SQLITE_OK)
		return;
	col = s->filled * s->columns + 1;
	sqlite3_bind_int64(s->st, col++, s->tu);
	sqlite3_bind_int64(s->st, col++, (sqlite3_int64)n);
	va_start(ap, format);
	for (; *format; format++) {
		if (*format == 'i')
			sqlite3_bind_int64(s->st, col++, va_arg(ap, long long));
		else
			sqlite3_bind_text(s->st, col++, va_arg(ap, const char *), -1, SQLITE_STATIC);
	}
	va_end(ap);
	s->left--;
	if (++s->filled < s->rows)
		return;
	s->rc = sqlite3_step(s->st);
	s->rc = s->rc == SQLITE_DONE ? SQLITE_OK : s->rc;
	sqlite3_reset(s->st);
	s->filled = 0;
}
#define N(x) ((long long)(x))

char *bg_index_flags(const struct bg_strv *flags)
{
	struct bg_str b = { 0 };

	for (size_t i = 0; i < flags->n; i++)
		bg_str_addf(&b, "%s%s", i ? "\n" : "", flags->v[i]);
	return bg_str_take(&b);
}

static void store_layout(struct store *s, const struct bg_tu *f)
{
	begin_table(s, "file", 8, f->files.n);
	for (size_t i = 0; i < f->files.n; i++) {
		const struct bg_f_file *x = &f->files.v[i];

		row(s, i, "ssisii", x->path, x->rel, N(x->system), x->sha.hex, N(x->size), N(x->mtime_ns));
	}
	begin_table(s, "include", 10, f->incs.n);
	for (size_t i = 0; i < f->incs.n; i++) {
		const struct bg_f_inc *x = &f->incs.v[i];

		row(s, i, "iiiiiiis", N(x->parent), N(x->file), N(x->dir_s), N(x->dir_e), N(x->s), N(x->e), N(x->top),
		    x->spelled);
	}
	begin_table(s, "segment", 6, f->segs.n);
	for (size_t i = 0; i < f->segs.n; i++) {
		const struct bg_f_seg *x = &f->segs.v[i];

		row(s, i, "iiii", N(x->s), N(x->e), N(x->inc), N(x->off));
	}
}

static void store_macros(struct store *s, const struct bg_tu *f)
{
	size_t named = 0;

	for (size_t i = 0; i < f->macros.n; i++)
		named += f->macros.v[i].name != NULL;
	begin_table(s, "macro", 12, named);
	for (size_t i = 0; i < f->macros.n; i++) {
		const struct bg_f_macro *x = &f->macros.v[i];
		struct bg_place p = { 0 };

		if (!x->name) /* of a system header, and nothing uses it */
			continue;
		if (x->s)
			p = bg_tu_place(f, x->s);
		row(s, i, "siiiiiissi", x->name, N(x->s), N(x->e), N(x->cs), N(x->te), N(x->is_def), N(x->top),
		    x->cmdline, p.path, N(p.line));
	}
	begin_table(s, "macro_use", 4, f->macro_uses.n);
	for (size_t i = 0; i < f->macro_uses.n; i++)
		row(s, i, "ii", N(f->macro_uses.v[i].item), N(f->macro_uses.v[i].macro));
}

static void store_items(struct store *s, const struct bg_tu *f)
{
	begin_table(s, "item", 12, f->items.n);
	for (size_t i = 0; i < f->items.n; i++) {
		const struct bg_f_item *x = &f->items.v[i];

		row(s, i, "iiiiiiiiii", N(x->s), N(x->e), N(x->cs), N(x->te), N(x->line_dependent), N(x->counted),
		    N(x->is_licence), N(x->scanned), N(x->size), N(x->align));
	}
	begin_table(s, "decl", 16, f->decls.n);
	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *x = &f->decls.v[i];
		struct bg_place p = bg_tu_place(f, x->off), q = bg_tu_place(f, x->end ? x->end - 1 : 0);

		row(s, i, "isiiiiisssssii", N(x->item), kind_names[x->kind], N(x->is_def), N(x->is_static),
		    N(x->is_map), N(x->off), N(x->end), x->name, x->section, x->usr, x->context, p.path, N(p.line),
		    N(q.line));
	}
}

static void store_refs(struct store *s, const struct bg_tu *f)
{
	begin_table(s, "ref", 5, f->refs.n);
	for (size_t i = 0; i < f->refs.n; i++)
		row(s, i, "iis", N(f->refs.v[i].from), N(f->refs.v[i].to), bg_ref_names[f->refs.v[i].how]);
	begin_table(s, "sysref", 4, f->sysrefs.n);
	for (size_t i = 0; i < f->sysrefs.n; i++)
		row(s, i, "ii", N(f->sysrefs.v[i].from), N(f->sysrefs.v[i].top));
	begin_table(s, "tag", 5, f->tag_defs.n + f->tag_names.n);
	for (size_t i = 0; i < f->tag_defs.n; i++)
		row(s, i, "isi", N(f->tag_defs.v[i].item), f->tag_defs.v[i].tag, N(1));
	for (size_t i = 0; i < f->tag_names.n; i++)
		row(s, i, "isi", N(f->tag_names.v[i].item), f->tag_names.v[i].tag, N(0));
	begin_table(s, "sysneed", 5, f->sysneeds.n);
	for (size_t i = 0; i < f->sysneeds.n; i++)
		row(s, i, "iii", N(f->sysneeds.v[i].top), N(f->sysneeds.v[i].what), N(f->sysneeds.v[i].target));
	begin_table(s, "pragma", 6, f->pragmas.n);
	for (size_t i = 0; i < f->pragmas.n; i++)
		row(s, i, "iiii", N(f->pragmas.v[i].s), N(f->pragmas.v[i].e), N(f->pragmas.v[i].mate),
		    N(f->pragmas.v[i].is_pop));
	begin_table(s, "branch", 4, f->branches.n);
	for (size_t i = 0; i < f->branches.n; i++)
		row(s, i, "ii", N(f->branches.v[i].s), N(f->branches.v[i].e));
	begin_table(s, "call", 6, f->calls.n);
	for (size_t i = 0; i < f->calls.n; i++)
		row(s, i, "iiis", N(f->calls.v[i].caller), N(f->calls.v[i].callee), N(f->calls.v[i].off),
		    bg_ref_names[f->calls.v[i].how]);
	begin_table(s, "map_use", 6, f->mapuses.n);
	for (size_t i = 0; i < f->mapuses.n; i++)
		row(s, i, "iiii", N(f->mapuses.v[i].function), N(f->mapuses.v[i].map), N(f->mapuses.v[i].access),
		    N(f->mapuses.v[i].off));
	begin_table(s, "helper", 5, f->helpers.n);
	for (size_t i = 0; i < f->helpers.n; i++)
		row(s, i, "isi", N(f->helpers.v[i].function), f->helpers.v[i].name, N(f->helpers.v[i].off));
}

static int64_t find_tu(struct bg_index *ix, const char *root, const char *main, const char *flags)
{
	sqlite3_stmt *st = NULL;
	int64_t id = -1;

	if (sqlite3_prepare_v2(ix->db, "SELECT id FROM tu WHERE root = ?1 AND main = ?2 AND (?3 IS NULL OR flags = ?3)",
			       -1, &st, NULL) == SQLITE_OK) {
		sqlite3_bind_text(st, 1, root, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 2, main, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 3, flags, -1, SQLITE_STATIC);
		if (sqlite3_step(st) == SQLITE_ROW)
			id = sqlite3_column_int64(st, 0);
	}
	sqlite3_finalize(st);
	return id;
}

static const char *const tables[] = { "file",  "include",   "segment", "item",	 "decl", "ref",	    "sysref", "tag",
				      "macro", "macro_use", "sysneed", "pragma", "branch",
				      "call",  "map_use",   "helper",  "mcu" };

static void forget_tu(struct store *s, int64_t id)
{
	struct bg_str sql = { 0 };

	for (size_t i = 0; i < BG_ARRAY_SIZE(tables); i++)
		bg_str_addf(&sql, "DELETE FROM %s WHERE tu = %lld;", tables[i], (long long)id);
	bg_str_addf(&sql, "DELETE FROM tu WHERE id = %lld;", (long long)id);
	s->rc = sqlite3_exec(s->ix->db, sql.s, NULL, NULL, NULL);
	bg_str_done(&sql);
}

int bg_index_forget(struct bg_index *ix, const char *root, const char *main, const struct bg_strv *flags)
{
	BG_CLEANUP(bg_freep) char *text = flags ? bg_index_flags(flags) : NULL;
	struct store s = { .ix = ix };
	int64_t id;

	while (s.rc == SQLITE_OK && (id = find_tu(ix, root, main, text)) >= 0)
		forget_tu(&s, id);
	return s.rc;
}

/* sqlite's code; the transaction is left open when that is an error. */
static int store_all(struct bg_index *ix, const struct bg_tu *f)
{
	BG_CLEANUP(bg_freep) char *flags = bg_index_flags(&f->flags);
	struct store s = { .ix = ix };
	int64_t old;

	s.rc = sqlite3_exec(ix->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (s.rc != SQLITE_OK)
		return s.rc;
	old = find_tu(ix, f->root, f->main, flags);
	if (old >= 0)
		forget_tu(&s, old);
	if (s.rc == SQLITE_OK)
		s.rc = sqlite3_prepare_v2(ix->db,
					  "INSERT INTO tu(root, main, flags, n_text, unread) VALUES(?, ?, ?, ?, ?)", -1,
					  &s.st, NULL);
	if (s.rc == SQLITE_OK) {
		sqlite3_bind_text(s.st, 1, f->root, -1, SQLITE_STATIC);
		sqlite3_bind_text(s.st, 2, f->main, -1, SQLITE_STATIC);
		sqlite3_bind_text(s.st, 3, flags, -1, SQLITE_STATIC);
		sqlite3_bind_int64(s.st, 4, f->n_text);
		sqlite3_bind_int64(s.st, 5, f->unread);
		s.rc = sqlite3_step(s.st) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
		s.tu = sqlite3_last_insert_rowid(ix->db);
	}
	store_layout(&s, f);
	store_items(&s, f);
	store_macros(&s, f);
	store_refs(&s, f);
	sqlite3_finalize(s.st);
	if (s.rc == SQLITE_OK)
		s.rc = sqlite3_exec(ix->db, "COMMIT", NULL, NULL, NULL);
	return s.rc;
}

static int store(struct bg_index *ix, const struct bg_tu *f, struct bg_diags *ds)
{
	int rc = store_all(ix, f);

	if (rc != SQLITE_OK && bg_index_reset(ix, rc))
		rc = store_all(ix, f);
	if (rc == SQLITE_OK)
		return 0;
	bg_index_say(ix, ds);
	sqlite3_exec(ix->db, "ROLLBACK", NULL, NULL, NULL);
	return -EIO;
}

static void store_task(void *ctx)
{
	struct bg_index *ix = ctx;

	ix->err = store(ix, ix->stored, ix->said);
}

int bg_index_settle(struct bg_index *ix, struct bg_diags *ds)
{
	int err;

	ix->storing = bg_task_wait(ix->storing);
	if (ix->said)
		bg_diags_move(ds, ix->said);
	bg_diags_free(ix->said);
	ix->said = NULL;
	err = ix->err;
	ix->err = 0;
	return err;
}

void bg_index_store_beside(struct bg_index *ix, const struct bg_tu *f)
{
	ix->storing = bg_task_wait(ix->storing);
	bg_tu_ready(f);
	ix->stored = f;
	ix->said = ix->said ? ix->said : bg_diags_new();
	ix->storing = bg_task_start(store_task, ix);
}

int bg_index_store(struct bg_index *ix, const struct bg_tu *f, struct bg_diags *ds)
{
	int err = bg_index_settle(ix, ds);

	return err ? err : store(ix, f, ds);
}

/* --- fetching */

struct load {
	struct bg_index *ix;
	sqlite3_stmt *st;
	int64_t tu;
	int rc;
	bool touched;                   /* a file has another time than the index says, and the same content */
};

/* Starts a table; rows then come by next_row() in the order of their numbers. */
static void read_table(struct load *l, const char *table, const char *columns)
{
	BG_CLEANUP(bg_freep) char *sql = bg_printf("SELECT n, %s FROM %s WHERE tu = ? ORDER BY n", columns, table);

	sqlite3_finalize(l->st);
	l->st = NULL;
	if (l->rc == SQLITE_OK)
		l->rc = sqlite3_prepare_v2(l->ix->db, sql, -1, &l->st, NULL);
	if (l->rc == SQLITE_OK)
		sqlite3_bind_int64(l->st, 1, l->tu);
}

static bool next_row(struct load *l)
{
	int rc = l->rc == SQLITE_OK ? sqlite3_step(l->st) : SQLITE_DONE;

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		l->rc = rc;
	return rc == SQLITE_ROW;
}

/* An offset or number; also negative ones, which mean 'none'. */
static uint32_t num(struct load *l, int col)
{
	sqlite3_int64 v = sqlite3_column_int64(l->st, col);

	if (v < INT32_MIN || v > UINT32_MAX)
		l->rc = SQLITE_CORRUPT;
	return (uint32_t)v;
}

static char *str(struct load *l, int col)
{
	return bg_strdup((const char *)sqlite3_column_text(l->st, col));
}

static size_t word(struct load *l, int col, const char *const *words, size_t n)
{
	const char *s = (const char *)sqlite3_column_text(l->st, col);

	for (size_t i = 0; i < n; i++)
		if (bg_streq(s, words[i]))
			return i;
	l->rc = SQLITE_CORRUPT;
	return 0;
}

bool bg_index_unchanged(const char *path, uint64_t size, const char *sha256, uint64_t *mtime_ns, bool *touched)
{
	struct bg_str text = { 0 };
	struct stat st;
	uint64_t now;
	bool same;

	if (stat(path, &st) < 0)
		return false;
	now = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
	if ((uint64_t)st.st_size == size && now == *mtime_ns)
		return true;
	if (!*sha256 || bg_read_file(path, 0, &text)) /* system files have none stored */
		return false;
	same = strcmp(bg_sha256(text.s, text.n).hex, sha256) == 0;
	*mtime_ns = now;
	*touched |= same;
	bg_str_done(&text);
	return same;
}

/* So that nobody has to read those files again. Where it cannot be written, they are read again. */
static void note_times(struct bg_index *ix, int64_t tu, const struct bg_tu *f)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(
		    ix->db, "UPDATE file SET mtime_ns = ?1 WHERE tu = ?2 AND n = ?3 AND mtime_ns <> ?1 AND sha256 = ?4",
		    -1, &st, NULL))
		return;
	for (size_t i = 0; i < f->files.n; i++) {
		sqlite3_bind_int64(st, 1, (sqlite3_int64)f->files.v[i].mtime_ns);
		sqlite3_bind_int64(st, 2, tu);
		sqlite3_bind_int64(st, 3, (sqlite3_int64)i);
		sqlite3_bind_text(st, 4, f->files.v[i].sha.hex, -1, SQLITE_STATIC);
		sqlite3_step(st);
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
}

static bool load_files(struct load *l, struct bg_tu *f)
{
	read_table(l, "file", "path, rel, system, sha256, size, mtime_ns");
	while (next_row(l)) {
		struct bg_f_file x = { .path = str(l, 1),
				       .rel = str(l, 2),
				       .system = num(l, 3),
				       .size = (uint64_t)sqlite3_column_int64(l->st, 5),
				       .mtime_ns = (uint64_t)sqlite3_column_int64(l->st, 6) };
		BG_CLEANUP(bg_freep) char *sha = str(l, 4);

		snprintf(x.sha.hex, sizeof(x.sha.hex), "%s", sha ? sha : "");
		if (!x.path || !bg_index_unchanged(x.path, x.size, x.sha.hex, &x.mtime_ns, &l->touched)) {
			bg_vec_push(&f->files, x);
			return false;
		}
		bg_vec_push(&f->files, x);
	}
	return f->files.n > 0;
}

static void load_layout(struct load *l, struct bg_tu *f)
{
	read_table(l, "include", "parent, file, dir_s, dir_e, s, e, top, spelled");
	while (next_row(l)) {
		struct bg_f_inc x = { .parent = (int32_t)num(l, 1),
				      .file = num(l, 2),
				      .dir_s = num(l, 3),
				      .dir_e = num(l, 4),
				      .s = num(l, 5),
				      .e = num(l, 6),
				      .top = (int32_t)num(l, 7),
				      .spelled = str(l, 8) };

		bg_vec_push(&f->incs, x);
	}
	read_table(l, "segment", "s, e, include, off");
	while (next_row(l)) {
		struct bg_f_seg x = { num(l, 1), num(l, 2), num(l, 3), num(l, 4) };

		bg_vec_push(&f->segs, x);
	}
	read_table(l, "item", "s, e, cs, te, line_dependent, counted, licence, scanned, size, align");
	while (next_row(l)) {
		struct bg_f_item x = { num(l, 1), num(l, 2), num(l, 3), num(l, 4), num(l, 5),
				       num(l, 6), num(l, 7), num(l, 8), num(l, 9), num(l, 10) };

		bg_vec_push(&f->items, x);
	}
}

static void load_decls(struct load *l, struct bg_tu *f)
{
	read_table(l, "decl", "item, kind, is_def, is_static, is_map, off, end, name, section, usr, context");
	while (next_row(l)) {
		struct bg_f_decl x = { .item = num(l, 1),
				       .is_def = num(l, 3),
				       .is_static = num(l, 4),
				       .is_map = num(l, 5),
				       .off = num(l, 6),
				       .end = num(l, 7),
				       .name = str(l, 8),
				       .section = str(l, 9),
				       .usr = str(l, 10),
				       .context = str(l, 11) };

		x.kind = (enum bg_decl_kind)word(l, 2, kind_names, BG_ARRAY_SIZE(kind_names));
		bg_vec_push(&f->decls, x);
	}
	read_table(l, "macro", "name, s, e, cs, te, is_def, top, cmdline");
	while (next_row(l)) {
		struct bg_f_macro x = { .name = str(l, 1),
					.s = num(l, 2),
					.e = num(l, 3),
					.cs = num(l, 4),
					.te = num(l, 5),
					.is_def = num(l, 6),
					.top = (int32_t)num(l, 7),
					.cmdline = str(l, 8) };
		uint32_t n = num(l, 0);
		struct bg_f_macro unknown = { .top = 0 };

		if (n > f->n_text / strlen("#define ") + f->flags.n)
			l->rc = SQLITE_CORRUPT;
		while (l->rc == SQLITE_OK && f->macros.n < n) /* numbers of system macros that nothing uses */
			bg_vec_push(&f->macros, unknown);
		bg_vec_push(&f->macros, x);
	}
}

static void load_refs(struct load *l, struct bg_tu *f)
{
	read_table(l, "ref", "src, dst, how");
	while (next_row(l)) {
		struct bg_f_ref x = { num(l, 1), num(l, 2),
				      (enum bg_ref_how)word(l, 3, bg_ref_names, BG_REF_KPTR + 1) };

		bg_vec_push(&f->refs, x);
	}
	read_table(l, "sysref", "item, top");
	while (next_row(l)) {
		struct bg_f_sysref x = { num(l, 1), num(l, 2) };

		bg_vec_push(&f->sysrefs, x);
	}
	read_table(l, "tag", "item, tag, is_def");
	while (next_row(l)) {
		struct bg_f_tag x = { num(l, 1), str(l, 2) };

		if (num(l, 3))
			bg_vec_push(&f->tag_defs, x);
		else
			bg_vec_push(&f->tag_names, x);
	}
	read_table(l, "macro_use", "item, macro");
	while (next_row(l)) {
		struct bg_f_macro_use x = { num(l, 1), num(l, 2) };

		bg_vec_push(&f->macro_uses, x);
	}
	read_table(l, "sysneed", "top, what, target");
	while (next_row(l)) {
		struct bg_f_sysneed x = { num(l, 1), (enum bg_need)num(l, 2), num(l, 3) };

		bg_vec_push(&f->sysneeds, x);
	}
	read_table(l, "pragma", "s, e, mate, is_pop");
	while (next_row(l)) {
		struct bg_f_pragma x = { num(l, 1), num(l, 2), (int32_t)num(l, 3), num(l, 4) };

		bg_vec_push(&f->pragmas, x);
	}
	read_table(l, "branch", "s, e");
	while (next_row(l)) {
		struct bg_f_branch x = { num(l, 1), num(l, 2) };

		bg_vec_push(&f->branches, x);
	}
	read_table(l, "call", "caller, callee, off, how");
	while (next_row(l)) {
		struct bg_f_call x = { num(l, 1), num(l, 2), num(l, 3),
				       (enum bg_ref_how)word(l, 4, bg_ref_names, BG_REF_KPTR + 1) };

		bg_vec_push(&f->calls, x);
	}
	read_table(l, "map_use", "function, map, access, off");
	while (next_row(l)) {
		struct bg_f_mapuse x = { num(l, 1), num(l, 2), num(l, 3), num(l, 4) };

		bg_vec_push(&f->mapuses, x);
	}
	read_table(l, "helper", "function, name, off");
	while (next_row(l)) {
		struct bg_f_helper x = { num(l, 1), str(l, 2), num(l, 3) };

		bg_vec_push(&f->helpers, x);
	}
}

/* The flat text from the files. What lies between segments are line ends that the layout added. */
static bool load_text(struct bg_tu *f)
{
	bool ok = true;

	f->text = bg_alloc((size_t)f->n_text + 1);
	memset(f->text, '\n', f->n_text);
	for (size_t k = 0; k < f->files.n && ok; k++) {
		struct bg_str text = { 0 };

		if (bg_read_file(f->files.v[k].path, 0, &text))
			return false;
		for (size_t i = 0; i < f->segs.n && ok; i++) {
			const struct bg_f_seg *s = &f->segs.v[i];

			if (f->incs.v[s->inc].file != k)
				continue;
			ok = s->off + (size_t)(s->e - s->s) <= text.n;
			if (ok)
				memcpy(f->text + s->s, text.s + s->off, s->e - s->s);
		}
		bg_str_done(&text);
	}
	return ok;
}

int bg_index_fetch(struct bg_index *ix, const char *root, const char *main, const struct bg_strv *flags,
		   struct bg_diags *ds, struct bg_tu **ret)
{
	BG_CLEANUP(bg_tu_freep) struct bg_tu *f = bg_tu_new();
	BG_CLEANUP(bg_freep) char *ftext = bg_index_flags(flags);
	struct load l = { .ix = ix };
	bool usable = false;

	if (bg_index_settle(ix, ds))
		return -EIO;
	f->root = bg_strdup(root);
	f->main = bg_join(root, main);
	bg_strv_extend(&f->flags, flags);
	/* one transaction, so that another process cannot replace the unit between two tables */
	if (sqlite3_exec(ix->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		return bg_index_say(ix, ds);
	l.tu = find_tu(ix, root, f->main, ftext);
	if (l.tu >= 0) {
		BG_CLEANUP(bg_freep) char *sql = bg_printf("SELECT n_text FROM tu WHERE id = %lld", (long long)l.tu);
		long long n = bg_index_single(ix, sql, -1);

		f->n_text = n > 0 && n < MAX_TEXT ? (uint32_t)n : 0;
		free(sql);
		sql = bg_printf("SELECT unread FROM tu WHERE id = %lld", (long long)l.tu);
		f->unread = (uint32_t)bg_index_single(ix, sql, 0);
		usable = f->n_text && load_files(&l, f);
	}
	if (usable) {
		load_layout(&l, f);
		load_decls(&l, f);
		load_refs(&l, f);
	}
	sqlite3_finalize(l.st);
	sqlite3_exec(ix->db, "COMMIT", NULL, NULL, NULL);
	if (!usable || l.rc == SQLITE_CORRUPT || (l.rc == SQLITE_OK && (!bg_tu_sound(f) || !load_text(f))))
		return -ENOENT; /* the unit is scanned anew, and replaces these rows */
	if (l.rc != SQLITE_OK)
		return bg_index_say(ix, ds);
	if (l.touched)
		note_times(ix, l.tu, f);
	*ret = BG_TAKE(f);
	return 0;
}

int bg_index_rows(struct bg_index *ix, const char *sql, const char *const *params, size_t n_params,
		  void (*each)(void *arg, int n, const char *const *columns), void *arg, struct bg_diags *ds)
{
	sqlite3_stmt *st = NULL;
	int rc;

	if (bg_index_settle(ix, ds))
		return -EIO;
	rc = sqlite3_prepare_v2(ix->db, sql, -1, &st, NULL);
	for (size_t i = 0; rc == SQLITE_OK && i < n_params; i++)
		rc = sqlite3_bind_text(st, (int)i + 1, params[i], -1, SQLITE_STATIC);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *columns[16];
		int n = sqlite3_column_count(st);

		for (int i = 0; i < n && i < 16; i++)
			columns[i] = (const char *)sqlite3_column_text(st, i);
		each(arg, n < 16 ? n : 16, columns);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE || rc == SQLITE_OK ? 0 : bg_index_say(ix, ds);
}
