// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/licence_expr.h"

#include "core/fs.h"

#define MAX_ROWS 64 /* bits of a set */
#define MAX_NEST 32 /* parentheses in one another */
#define FIELDS	 4

struct row {
	char *id, *also, *under;
	bg_licence_set set;
};

struct bg_licences {
	BG_VEC(struct row) rows;
};

/* --- the table */

/* Whether a list, separated by commas, has a word. */
static bool lists(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',')
		if (strcspn(p, ",") == n && strncasecmp(p, word, n) == 0)
			return true;
	return false;
}

static size_t find(const struct bg_licences *t, const char *id)
{
	size_t i = 0;

	while (i < t->rows.n && strcasecmp(t->rows.v[i].id, id) != 0 && !lists(t->rows.v[i].also, id))
		i++;
	return i;
}

/* Cuts a line at its tabs; false when it has another number of fields. */
static bool fields(char *line, char **ret)
{
	size_t n = 0;

	for (char *p = line; p; n++) {
		char *tab = strchr(p, '\t');

		if (tab)
			*tab++ = '\0';
		if (n < FIELDS)
			ret[n] = p;
		p = tab;
	}
	return n == FIELDS;
}

/* Names become bits once all rows are there. Returns the name that is none. */
static const char *resolve(struct bg_licences *t)
{
	for (size_t i = 0; i < t->rows.n; i++) {
		struct row *r = &t->rows.v[i];

		if (bg_streq(r->under, "*")) {
			r->set = BG_LICENCE_ANY;
			continue;
		}
		for (const char *p = r->under; *p; p += strcspn(p, ","), p += *p == ',') {
			BG_CLEANUP(bg_freep) char *id = bg_strndup(p, strcspn(p, ","));
			size_t k = find(t, id);

			if (k == t->rows.n)
				return r->id;
			r->set |= (bg_licence_set)1 << k;
		}
	}
	return NULL;
}

struct bg_licences *bg_licences_read(struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep)
	char *rules = bg_rules_dir(),
	     *path = bg_join(rules ? rules : "rules", "data/licences.tsv");
	struct bg_licences *t = bg_alloc(sizeof(*t));
	struct bg_str text = { 0 };
	bool ok = bg_read_file(path, 0, &text) == 0;
	const char *wrong;
	unsigned line_no = 0;

	for (char *line = text.s, *next; ok && line && *line; line = next) {
		char *f[FIELDS];

		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		line_no++;
		if (!*line || *line == '#')
			continue;
		ok = fields(line, f) && t->rows.n < MAX_ROWS;
		if (ok)
			bg_vec_push(&t->rows, (struct row){ bg_strdup(f[0]), bg_strdup(f[1]), bg_strdup(f[2]), 0 });
	}
	wrong = ok ? resolve(t) : NULL;
	bg_str_done(&text);
	if (ok && !wrong)
		return t;
	bg_diag(ds, BG_ERROR, BG_ID_DATA, BG_AT(path, line_no, 0), "the table of licences is broken%s%s",
		wrong ? " at " : "", wrong ? wrong : "");
	return bg_licences_free(t);
}

struct bg_licences *bg_licences_free(struct bg_licences *t)
{
	for (size_t i = 0; t && i < t->rows.n; i++) {
		free(t->rows.v[i].id);
		free(t->rows.v[i].also);
		free(t->rows.v[i].under);
	}
	if (t)
		bg_vec_done(&t->rows);
	free(t);
	return NULL;
}

bg_licence_set bg_licence_bit(const struct bg_licences *t, const char *id)
{
	size_t i = find(t, id);

	return i < t->rows.n ? (bg_licence_set)1 << i : 0;
}

void bg_licence_names(const struct bg_licences *t, bg_licence_set s, struct bg_strv *to)
{
	for (size_t i = 0; i < t->rows.n; i++)
		if (s >> i & 1)
			bg_strv_add(to, t->rows.v[i].id);
}

/* --- expressions */

struct parser {
	const struct bg_licences *t;
	const char *p;
	unsigned nest;
	char *unknown;
};

struct part {
	char *text;
	bg_licence_set under;
	bool is_choice;
};

static bool parse_or(struct parser *x, struct part *ret);

static void blanks(struct parser *x)
{
	x->p += strspn(x->p, " \t");
}

static size_t word(const struct parser *x)
{
	return strspn(x->p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-:");
}

/* An operator, if it is next. */
static bool take(struct parser *x, const char *op)
{
	blanks(x);
	if (word(x) != strlen(op) || strncasecmp(x->p, op, strlen(op)) != 0)
		return false;
	x->p += strlen(op);
	return true;
}

static char *name(struct parser *x)
{
	char *s;

	blanks(x);
	s = word(x) ? bg_strndup(x->p, word(x)) : NULL;
	x->p += word(x);
	return s;
}

/* A licence, or one with an exception. */
static bool parse_licence(struct parser *x, struct part *ret)
{
	BG_CLEANUP(bg_freep) char *id = name(x), *exception = NULL, *both = NULL;
	size_t i = id ? find(x->t, id) : 0;
	const char *known;

	if (!id)
		return false;
	known = i < x->t->rows.n ? x->t->rows.v[i].id : id;
	if (take(x, "WITH")) {
		exception = name(x);
		if (!exception)
			return false;
		both = bg_printf("%s WITH %s", known, exception);
		if (i < x->t->rows.n &&
		    find(x->t, both) < x->t->rows.n) { /* else it permits what the licence does, at least */
			i = find(x->t, both);
			free(both);
			both = bg_strdup(x->t->rows.v[i].id);
		}
	}
	if (i == x->t->rows.n && !x->unknown)
		x->unknown = bg_strdup(id);
	*ret = (struct part){ .text = both ? BG_TAKE(both) : bg_strdup(known),
			      .under = i < x->t->rows.n ? x->t->rows.v[i].set : 0 };
	return true;
}

static bool parse_one(struct parser *x, struct part *ret)
{
	bool ok;

	blanks(x);
	if (*x->p != '(')
		return parse_licence(x, ret);
	if (++x->nest > MAX_NEST)
		return false;
	x->p++;
	ok = parse_or(x, ret);
	blanks(x);
	ok = ok && *x->p == ')';
	x->p += ok;
	x->nest--;
	return ok;
}

static bool parse_and(struct parser *x, struct part *ret)
{
	if (!parse_one(x, ret))
		return false;
	while (take(x, "AND")) {
		struct part more = { 0 };
		char *text;

		if (!parse_one(x, &more)) {
			free(more.text);
			return false;
		}
		text = bg_printf("%s%s%s AND %s%s%s", ret->is_choice ? "(" : "", ret->text, ret->is_choice ? ")" : "",
				 more.is_choice ? "(" : "", more.text, more.is_choice ? ")" : "");
		free(ret->text);
		free(more.text);
		*ret = (struct part){ .text = text, .under = ret->under & more.under };
	}
	return true;
}

static bool parse_or(struct parser *x, struct part *ret)
{
	if (!parse_and(x, ret))
		return false;
	while (take(x, "OR")) {
		struct part more = { 0 };
		char *text;

		if (!parse_and(x, &more)) {
			free(more.text);
			return false;
		}
		text = bg_printf("%s OR %s", ret->text, more.text);
		free(ret->text);
		free(more.text);
		*ret = (struct part){ .text = text, .under = ret->under | more.under, .is_choice = true };
	}
	return true;
}

/* The text is ours, with one blank between words and no parentheses around all of it. */
static void add_choices(const char *text, struct bg_strv *to)
{
	static const char op[] = " OR ";
	const char *from = text;
	unsigned nest = 0;

	for (const char *p = text; *p; p++) {
		nest += *p == '(';
		nest -= *p == ')';
		if (nest == 0 && bg_starts(p, op)) {
			BG_CLEANUP(bg_freep) char *one = bg_strndup(from, (size_t)(p - from));

			bg_strv_add(to, one);
			from = p + strlen(op);
		}
	}
	bg_strv_add(to, from);
}

int bg_licence_parse(const struct bg_licences *t, const char *text, struct bg_licence_expr *ret)
{
	struct parser x = { .t = t, .p = text };
	struct part whole = { 0 };
	bool ok = parse_or(&x, &whole);

	blanks(&x);
	*ret = (struct bg_licence_expr){ .text = whole.text,
					 .under = x.unknown ? 0 : whole.under,
					 .unknown = x.unknown };
	if (!ok || *x.p) {
		bg_licence_expr_done(ret);
		return -EINVAL;
	}
	add_choices(ret->text, &ret->choices);
	return 0;
}

void bg_licence_expr_done(struct bg_licence_expr *e)
{
	free(e->text);
	free(e->unknown);
	bg_strv_done(&e->choices);
	*e = (struct bg_licence_expr){ 0 };
}
