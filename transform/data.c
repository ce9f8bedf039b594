// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Reading the tab-separated tables; every line that cannot be understood is an error at its place, never skipped. */
#include "transform/data.h"

#include "core/fs.h"
#include "transform/diag_ids.h"

#define MAX_FIELDS 8

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

static bool add_helper(struct bg_data *d, char **field, size_t n)
{
	struct bg_helper h = { 0 };
	char *end;

	if (n < 4)
		return false;
	if (strcmp(field[0], "helper") == 0) /* the header line */
		return true;
	h.name = bg_strdup(field[0]);
	h.id = strtol(field[1], &end, 10);
	h.xdp = strcmp(field[2], "y") == 0;
	h.tc = strcmp(field[3], "y") == 0;
	bg_vec_push(&d->helpers, h);
	return !*end && h.id > 0;
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

	if (!read_table(d, "constructs.tsv", add_construct, ds) || !read_table(d, "helpers.tsv", add_helper, ds))
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
	for (size_t i = 0; i < d->helpers.n; i++)
		free(d->helpers.v[i].name);
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

bool bg_data_has_pair(const struct bg_data *d, const char *from, const char *to)
{
	for (size_t i = 0; i < d->constructs.n; i++)
		if (strcmp(d->constructs.v[i].from, from) == 0 && strcmp(d->constructs.v[i].to, to) == 0)
			return true;
	return false;
}

const struct bg_helper *bg_data_helper(const struct bg_data *d, long id)
{
	for (size_t i = 0; i < d->helpers.n; i++)
		if (d->helpers.v[i].id == id)
			return &d->helpers.v[i];
	return NULL;
}

bool bg_helper_allowed(const struct bg_helper *h, const char *family)
{
	return strcmp(family, "xdp") == 0 ? h->xdp : strcmp(family, "tc") == 0 && h->tc;
}
