// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Reading the tab-separated tables; every line that cannot be understood is an error at its place, never skipped. */
#include "transform/data.h"

#include "core/fs.h"
#include "transform/diag_ids.h"

#define MAX_FIELDS 48

typedef bool (*row_fn)(struct bg_data *d, char **field, size_t n);

static char *text_or_null(const char *s)
{
	return strcmp(s, "-") == 0 ? NULL : bg_strdup(s);
}

static bool add_construct(struct bg_data *d, char **field, size_t n)
{
	static const char *const actions[] = { "same", "rewrite", "ask", "warn", "no" };
	struct bg_construct c = { 0 };
	size_t a = 0;

	if (n != 8)
		return false;
	while (a < BG_ARRAY_SIZE(actions) && strcmp(actions[a], field[4]) != 0)
		a++;
	if (a == BG_ARRAY_SIZE(actions))
		return false;
	c.from = bg_strdup(field[0]);
	c.to = bg_strdup(field[1]);
	c.kind = bg_strdup(field[2]);
	c.name = bg_strdup(field[3]);
	c.action = (enum bg_action)a;
	c.target = text_or_null(field[5]);
	c.id = strcmp(field[6], "-") ? (unsigned)strtoul(field[6], NULL, 10) : 0;
	c.text = text_or_null(field[7]);
	bg_vec_push(&d->constructs, c);
	return (c.action != BG_ACTION_ASK && c.action != BG_ACTION_WARN) || (c.id && c.text);
}

static void take_cells(struct bg_strv *to, char **field, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bg_strv_add(to, field[i]);
}

static bool are_answers(const struct bg_strv *cells)
{
	for (size_t i = 0; i < cells->n; i++)
		if (strcmp(cells->v[i], "y") != 0 && strcmp(cells->v[i], "n") != 0)
			return false;
	return true;
}

/* helper, id, then the columns that the first line names */
static bool add_helper(struct bg_data *d, char **field, size_t n)
{
	struct bg_helper h = { 0 };
	char *end;

	if (n < 3)
		return false;
	if (!d->helper_columns.n) {
		take_cells(&d->helper_columns, field + 2, n - 2);
		return strcmp(field[0], "helper") == 0 && strcmp(field[1], "id") == 0;
	}
	h.name = bg_strdup(field[0]);
	h.id = strtol(field[1], &end, 10);
	take_cells(&h.cells, field + 2, n - 2);
	bg_vec_push(&d->helpers, h);
	return !*end && h.id > 0 && h.cells.n == d->helper_columns.n && are_answers(&h.cells);
}

/* kind, name, then the columns that the first line names */
static bool add_ability(struct bg_data *d, char **field, size_t n)
{
	struct bg_ability_row r = { 0 };

	if (n < 3)
		return false;
	if (!d->ability_columns.n) {
		take_cells(&d->ability_columns, field + 2, n - 2);
		return strcmp(field[0], "kind") == 0 && strcmp(field[1], "name") == 0;
	}
	r.kind = bg_strdup(field[0]);
	r.name = bg_strdup(field[1]);
	take_cells(&r.cells, field + 2, n - 2);
	bg_vec_push(&d->abilities, r);
	return r.cells.n == d->ability_columns.n && are_answers(&r.cells);
}

static bool add_kernel(struct bg_data *d, char **field, size_t n)
{
	if (n != 3)
		return false;
	bg_vec_push(&d->kernels, (struct bg_kernel_row){ .version = bg_strdup(field[0]),
							 .suffix = bg_strdup(strcmp(field[1], "-") ? field[1] : "") });
	return true;
}

/* from, to, runtime, prefix, context, stop, suffix, blind, header, then NAME=VALUE,... */
static bool add_pair(struct bg_data *d, char **field, size_t n)
{
	struct bg_pair p = { 0 };

	if (n != 10)
		return false;
	p = (struct bg_pair){ .from = bg_strdup(field[0]),
			      .to = bg_strdup(field[1]),
			      .runtime = bg_strdup(field[2]),
			      .prefix = bg_strdup(field[3]),
			      .context_header = bg_strdup(field[4]),
			      .stop = bg_strdup(field[5]),
			      .suffix = bg_strdup(field[6]),
			      .blind = text_or_null(field[7]),
			      .header = text_or_null(field[8]) };
	for (char *at = field[9], *next; at; at = next) {
		char *value = strchr(at, '=');

		next = strchr(at, ',');
		if (next)
			*next++ = '\0';
		if (value) {
			*value++ = '\0';
			bg_strv_add(&p.verdicts, at);
			bg_strv_add(&p.values, value);
		}
	}
	bg_vec_push(&d->pairs, p);
	return p.verdicts.n > 0;
}

static bool add_declaration(struct bg_data *d, char **field, size_t n)
{
	if (n != 2)
		return false;
	bg_strv_add(&d->declared, field[0]);
	bg_strv_add(&d->declarations, field[1]);
	return true;
}

static bool read_table(struct bg_data *d, const char *name, row_fn add, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *rules = bg_rules_dir(), *path = NULL;
	struct bg_str text = { 0 };
	unsigned line_no = 0;
	bool good = true;

	path = bg_printf("%s/data/%s", rules ? rules : "rules", name);
	if (!rules || bg_read_file(path, 0, &text)) {
		bg_diag(ds, BG_ERROR, BG_ID_DATA, BG_AT(path, 0, 0), "cannot read the table");
		return false;
	}
	for (char *line = text.s, *next; good && line && *line; line = next) {
		char *field[MAX_FIELDS];
		size_t n = 0;

		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		line_no++;
		if (!*line || *line == '#')
			continue;
		for (char *p = line; p && n < MAX_FIELDS;) {
			char *tab = n + 1 < MAX_FIELDS ? strchr(p, '\t') : NULL;

			field[n++] = p;
			if (tab)
				*tab++ = '\0';
			p = tab;
		}
		good = add(d, field, n);
	}
	if (!good)
		bg_diag(ds, BG_ERROR, BG_ID_RULES_BROKEN, BG_AT(path, line_no, 1), "the line cannot be understood");
	bg_str_done(&text);
	return good;
}

struct bg_data *bg_data_read(struct bg_diags *ds)
{
	BG_CLEANUP(bg_data_freep) struct bg_data *d = bg_alloc(sizeof(*d));

	if (!read_table(d, "constructs.tsv", add_construct, ds) || !read_table(d, "helpers.tsv", add_helper, ds) ||
	    !read_table(d, "abilities.tsv", add_ability, ds) || !read_table(d, "kernels.tsv", add_kernel, ds) ||
	    !read_table(d, "pairs.tsv", add_pair, ds) || !read_table(d, "declarations.tsv", add_declaration, ds))
		return NULL;
	return BG_TAKE(d);
}

void bg_data_freep(struct bg_data **dp)
{
	struct bg_data *d = *dp;

	if (!d)
		return;
	for (size_t i = 0; i < d->constructs.n; i++) {
		struct bg_construct *c = &d->constructs.v[i];

		free(c->from);
		free(c->to);
		free(c->kind);
		free(c->name);
		free(c->target);
		free(c->text);
	}
	for (size_t i = 0; i < d->helpers.n; i++) {
		free(d->helpers.v[i].name);
		bg_strv_done(&d->helpers.v[i].cells);
	}
	for (size_t i = 0; i < d->abilities.n; i++) {
		free(d->abilities.v[i].kind);
		free(d->abilities.v[i].name);
		bg_strv_done(&d->abilities.v[i].cells);
	}
	for (size_t i = 0; i < d->kernels.n; i++) {
		free(d->kernels.v[i].version);
		free(d->kernels.v[i].suffix);
	}
	for (size_t i = 0; i < d->pairs.n; i++) {
		struct bg_pair *p = &d->pairs.v[i];

		for (char **t = (char *[]){ p->from, p->to, p->runtime, p->prefix, p->context_header, p->stop,
					    p->suffix, NULL };
		     *t; t++)
			free(*t);
		free(p->blind);
		free(p->header);
		bg_strv_done(&p->verdicts);
		bg_strv_done(&p->values);
	}
	bg_vec_done(&d->pairs);
	bg_strv_done(&d->declared);
	bg_strv_done(&d->declarations);
	bg_vec_done(&d->abilities);
	bg_vec_done(&d->kernels);
	bg_strv_done(&d->helper_columns);
	bg_strv_done(&d->ability_columns);
	bg_vec_done(&d->constructs);
	bg_vec_done(&d->helpers);
	free(d);
	*dp = NULL;
}

const struct bg_construct *bg_data_find(const struct bg_data *d, const char *from, const char *to, const char *kind,
					const char *name)
{
	for (size_t i = 0; i < d->constructs.n; i++) {
		const struct bg_construct *c = &d->constructs.v[i];

		if (strcmp(c->from, from) == 0 && strcmp(c->to, to) == 0 && strcmp(c->kind, kind) == 0 &&
		    strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

const struct bg_pair *bg_data_pair(const struct bg_data *d, const char *from, const char *to)
{
	for (size_t i = 0; i < d->pairs.n; i++)
		if (strcmp(d->pairs.v[i].from, from) == 0 && strcmp(d->pairs.v[i].to, to) == 0)
			return &d->pairs.v[i];
	return NULL;
}

const struct bg_helper *bg_data_helper(const struct bg_data *d, long id)
{
	for (size_t i = 0; i < d->helpers.n; i++)
		if (d->helpers.v[i].id == id)
			return &d->helpers.v[i];
	return NULL;
}

const struct bg_helper *bg_data_helper_named(const struct bg_data *d, const char *name)
{
	for (size_t i = 0; i < d->helpers.n; i++)
		if (strcmp(d->helpers.v[i].name, name) == 0)
			return &d->helpers.v[i];
	return NULL;
}

/* The tables call the types sched_cls and sched_act, which have the same helpers, "tc". */
static enum bg_can cell(const struct bg_strv *columns, const struct bg_strv *cells, const struct bg_kernel_row *kernel,
			const char *prog_type)
{
	BG_CLEANUP(bg_freep) char *name =
		bg_printf("%s%s", bg_starts(prog_type, "sched_") ? "tc" : prog_type, kernel->suffix);

	for (size_t i = 0; i < columns->n; i++)
		if (strcmp(columns->v[i], name) == 0)
			return strcmp(cells->v[i], "y") == 0 ? BG_CAN_YES : BG_CAN_NO;
	return BG_CAN_UNKNOWN;
}

enum bg_can bg_data_can(const struct bg_data *d, const struct bg_kernel_row *kernel, const char *prog_type,
			enum bg_ability what, const char *name, long id)
{
	static const char *const kinds[] = { [BG_ABILITY_TYPE] = "type",
					     [BG_ABILITY_KFUNC] = "kfunc",
					     [BG_ABILITY_READ] = "read",
					     [BG_ABILITY_WRITE] = "write" };
	const struct bg_helper *h = what == BG_ABILITY_HELPER ? bg_data_helper(d, id) : NULL;

	if (what == BG_ABILITY_HELPER)
		return h ? cell(&d->helper_columns, &h->cells, kernel, prog_type) : BG_CAN_UNKNOWN;
	for (size_t i = 0; i < d->abilities.n; i++) {
		const struct bg_ability_row *r = &d->abilities.v[i];

		if (strcmp(r->kind, kinds[what]) == 0 && strcmp(r->name, name) == 0)
			return cell(&d->ability_columns, &r->cells, kernel, prog_type);
	}
	return what == BG_ABILITY_WRITE ? BG_CAN_NO : BG_CAN_UNKNOWN; /* members that no type may write have no row */
}
