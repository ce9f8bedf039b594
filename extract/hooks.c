// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/hooks.h"

#include "core/fs.h"
#include "core/hook.h"

struct helper { char *name; struct bg_strv cells; };
struct helpers { struct helper *v; size_t n, cap; struct bg_strv columns; };

void bg_hook_needs_done(struct bg_hook_needs *needs)
{
	for (size_t i = 0; i < needs->n; i++) {
		free(needs->v[i].helper);
		free(needs->v[i].context);
		free(needs->v[i].function);
		free(needs->v[i].file);
	}
	bg_vec_done(needs);
}

/* Cuts a line at its tabs, in place: the first field is returned, the third and later ones go to cells. */
static char *split(char *line, struct bg_strv *cells)
{
	size_t n = 0;

	for (char *p = line; p; n++) {
		char *tab = strchr(p, '\t');

		if (tab)
			*tab++ = '\0';
		if (n >= 2)
			bg_strv_add(cells, p);
		p = tab;
	}
	return line;
}

/*
 * Columns: helper, id, then program types ("tc": sched_cls and sched_act), named by the first line; those of older
 * kernels have a suffix.
 */
static bool read_helpers(struct helpers *h, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *rules = bg_rules_dir(), *path = bg_join(rules ? rules : "rules", "data/helpers.tsv");
	struct bg_str text = { 0 };
	bool ok = rules && bg_read_file(path, 0, &text) == 0;

	for (char *line = text.s, *next; ok && line && *line; line = next) {
		struct helper one = { 0 };

		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		if (!h->columns.n) {
			split(line, &h->columns);
			ok = h->columns.n > 0;
			continue;
		}
		one.name = bg_strdup(split(line, &one.cells));
		ok = one.cells.n == h->columns.n;
		bg_vec_push(h, one);
	}
	ok = ok && h->n > 0;
	if (!ok)
		bg_diag(ds, BG_ERROR, BG_ID_DATA, BG_AT(path, 0, 0), "cannot read the table of helpers");
	bg_str_done(&text);
	return ok;
}

/* The column of the hook's program type, -1 where the table has none. */
static ssize_t column_of(const struct helpers *h, const struct bg_hook *hook)
{
	const char *name = bg_starts(hook->prog_type, "sched_") ? "tc" : hook->prog_type;

	for (size_t i = 0; i < h->columns.n; i++)
		if (strcmp(h->columns.v[i], name) == 0)
			return (ssize_t)i;
	return -1;
}

static const struct helper *find_helper(const struct helpers *h, const char *name)
{
	for (size_t i = 0; i < h->n; i++)
		if (strcmp(h->v[i].name, name) == 0)
			return &h->v[i];
	return NULL;
}

enum verdict { POSSIBLE, UNKNOWN, EXCLUDED };

/* A need that no table knows says nothing: a function of libbpf's headers, a structure of upstream's own. */
static enum verdict meets(const struct bg_hook *hook, const struct bg_hook_need *n, const struct helpers *helpers)
{
	const struct helper *h = n->helper ? find_helper(helpers, n->helper) : NULL;
	ssize_t column = column_of(helpers, hook);

	if (n->context ? !bg_hook_by_context(n->context, NULL) : !h)
		return POSSIBLE;
	if (n->context && strcmp(n->context, hook->context))
		return EXCLUDED;
	if (column < 0)
		return UNKNOWN;
	return h && strcmp(h->cells.v[column], "y") ? EXCLUDED : POSSIBLE;
}

static json_t *judge(const struct bg_hook *hook, const struct bg_hook_needs *needs, const struct helpers *helpers)
{
	BG_CLEANUP(bg_freep) char *reason = NULL, *function = NULL, *file = NULL;
	const struct bg_hook_need *why = NULL;
	enum verdict v = POSSIBLE;

	for (size_t i = 0; i < needs->n && v != EXCLUDED; i++) {
		enum verdict one = meets(hook, &needs->v[i], helpers);

		v = one > v ? one : v;
		why = one == EXCLUDED ? &needs->v[i] : why;
	}
	if (v == UNKNOWN)
		reason = bg_strdup("what its programs may use is not known");
	if (why) {
		function = bg_escape(why->function);
		file = bg_escape(why->file ? why->file : "");
		reason = why->helper ? bg_printf("'%s' calls %s", function, why->helper) :
				       bg_printf("'%s' takes a 'struct %s *'", function, why->context);
	}
	return json_pack("{s:s, s:o, s:s?, s:s?, s:o}", "hook", hook->name, "possible",
			 v == UNKNOWN ? json_null() : json_boolean(v == POSSIBLE), "reason", reason, "file", file,
			 "line", why ? json_integer(why->line) : json_null());
}

json_t *bg_hooks_judge(const struct bg_hook_needs *needs, struct bg_diags *ds)
{
	struct helpers helpers = { 0 };
	const struct bg_hook *hook;
	json_t *all = NULL;

	if (bg_hook_at(0, ds) && read_helpers(&helpers, ds)) {
		all = json_array();
		for (size_t i = 0; (hook = bg_hook_at(i, ds)); i++)
			json_array_append_new(all, judge(hook, needs, &helpers));
	}
	for (size_t i = 0; i < helpers.n; i++) {
		free(helpers.v[i].name);
		bg_strv_done(&helpers.v[i].cells);
	}
	bg_strv_done(&helpers.columns);
	bg_vec_done(&helpers);
	return all;
}
