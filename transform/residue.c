// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/residue.h"

#include "transform/diag_ids.h"

/* The line of text at off, without its indentation. Caller frees. */
static char *line_at(const struct bg_facts *f, size_t off)
{
	size_t from = off < f->text.n ? off : f->text.n;
	const char *s;

	while (from && f->text.s[from - 1] != '\n')
		from--;
	s = f->text.s + from;
	s += strspn(s, " \t");
	return bg_strndup(s, strcspn(s, "\n"));
}

/* The place in the unit of the line that the port shows: the same text, nearest to the same line. */
static struct bg_loc place_in_unit(const struct bg_facts *before, const char *line, unsigned near)
{
	unsigned n = 1, best = 0;

	for (const char *p = before->text.s; p && *p; n++) {
		const char *end = strchrnul(p, '\n'), *s = p + strspn(p, " \t");

		if ((size_t)(end - s) == strlen(line) && strncmp(s, line, strlen(line)) == 0 &&
		    (!best || abs((int)n - (int)near) < abs((int)best - (int)near)))
			best = n;
		p = *end ? end + 1 : NULL;
	}
	return BG_AT(before->path, best, 0);
}

static void report(const struct bg_facts *after, const struct bg_facts *before, const struct bg_fact *x,
		   const char *what, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *line = line_at(after, x->off);

	bg_diag(ds, BG_ERROR, BG_ID_RESIDUE, place_in_unit(before, line, x->line), "%s '%s' is left in the port: %s",
		what, x->name, line);
}

/* Whether a helper is what a function of an earlier port's runtime header came home as. */
static bool is_home(const struct bg_facts *before, const struct bg_data *d, const struct bg_hook *to,
		    const char *helper)
{
	for (size_t i = 0; i < before->facts.n; i++) {
		const struct bg_fact *x = &before->facts.v[i];
		const struct bg_construct *row =
			x->kind == BG_FACT_RUNTIME ?
				bg_data_find(d, before->hook->family, to->family, "runtime", x->name) : NULL;

		if (row && bg_streq(row->target, helper))
			return true;
	}
	return false;
}

/* Whether an earlier port's returns come home: there "the verdict as it is" is what the target's programs return. */
static bool comes_home(const struct bg_facts *before)
{
	for (size_t i = 0; i < before->facts.n; i++)
		if (before->facts.v[i].kind == BG_FACT_RUNTIME && strstr(before->facts.v[i].name, "verdict"))
			return true;
	return false;
}

/* Whether the text after 'return' is a verdict of the target: its name, or one of the runtime's functions. */
static bool is_translated(const struct bg_facts *f, const struct bg_pair *pair, const struct bg_fact *x)
{
	static const char *const functions[] = { "pass(", "tx(", "verdict(", "blind_verdict(" };
	const char *s = f->text.s + x->off + strlen("return");
	size_t n = strlen(pair->prefix);

	s += strspn(s, " \t\n(");
	for (size_t i = 0; i < pair->verdicts.n; i++)
		if (bg_starts(s, pair->verdicts.v[i]))
			return true;
	for (size_t i = 0; i < BG_ARRAY_SIZE(functions); i++)
		if (bg_starts(s, pair->prefix) && bg_starts(s + n, functions[i]))
			return true;
	return false;
}

static bool is_left(const struct bg_facts *f, const struct bg_data *d, const struct bg_facts *before,
		    const struct bg_hook *to, const struct bg_fact *x, const char **what)
{
	const struct bg_pair *pair = bg_data_pair(d, before->hook->family, to->family);
	const struct bg_helper *h;
	const struct bg_construct *row;

	switch (x->kind) {
	case BG_FACT_FIELD:
		*what = "context field";
		return true;
	case BG_FACT_HELPER:
		*what = "helper";
		h = bg_data_helper(d, x->id);
		row = h ? bg_data_find(d, before->hook->family, to->family, "helper", h->name) : NULL;
		if (!h || bg_data_can(d, &d->kernels.v[0], to->prog_type, BG_ABILITY_HELPER, NULL, x->id) != BG_CAN_YES)
			return true;
		return row && row->action == BG_ACTION_REWRITE && !is_home(before, d, to, h->name);
	case BG_FACT_KFUNC:
		*what = "kernel function";
		row = bg_data_find(d, before->hook->family, to->family, "kfunc", x->name);
		return row && row->action != BG_ACTION_SAME;
	case BG_FACT_RETURN:
		*what = "the old hook's verdict after";
		return !comes_home(before) && pair && (!x->spelled || !is_translated(f, pair, x));
	case BG_FACT_RUNTIME:
		*what = "runtime function";
		row = bg_data_find(d, before->hook->family, to->family, "runtime", x->name);
		return row != NULL;
	case BG_FACT_VERDICT:
		return false; /* inside, the program keeps XDP's numbers */
	}
	return false;
}

/* Functions that take the source's context by its type, whether or not they look into it. */
static bool context_left(const struct bg_facts *after, const struct bg_facts *before, const struct bg_hook *to,
			 struct bg_diags *ds)
{
	const struct bg_func *e = &after->funcs.v[after->entry];
	size_t length = e->body > e->start ? e->body - e->start : 0;
	BG_CLEANUP(bg_freep) char *head = bg_strndup(after->text.s + e->start, length);
	BG_CLEANUP(bg_freep) char *old = bg_printf("struct %s ", before->hook->context);
	bool left = strstr(head, old) != NULL;

	if (!e->section || bg_hook_by_section(e->section, NULL) == before->hook) {
		bg_diag(ds, BG_ERROR, BG_ID_RESIDUE, BG_AT(before->path, before->funcs.v[before->entry].line, 0),
			"'%s' is not in a section of hook '%s'", e->name, to->name);
		return true;
	}
	if (left)
		bg_diag(ds, BG_ERROR, BG_ID_RESIDUE, BG_AT(before->path, before->funcs.v[before->entry].line, 0),
			"'%s' still takes 'struct %s'", e->name, before->hook->context);
	return left;
}

/* In a port of a program that moves its metadata area, 'data_meta' would be another area, the skb's own. */
static bool meta_left(const char *file, const struct bg_strv *cflags, const struct bg_facts *before,
		      const struct bg_hook *to, struct bg_diags *ds)
{
	BG_CLEANUP(bg_facts_freep) struct bg_facts *port = NULL;
	bool left = false;

	if (!bg_facts_moves_meta(before))
		return false;
	if (bg_facts_read_as(file, cflags, before->funcs.v[before->entry].name, NULL, to->context, ds, &port))
		return true;
	for (size_t i = 0; i < port->facts.n; i++) {
		if (port->facts.v[i].kind != BG_FACT_FIELD || strcmp(port->facts.v[i].name, "data_meta") != 0)
			continue;
		report(port, before, &port->facts.v[i], "context field", ds);
		left = true;
	}
	return left;
}

int bg_residue_scan(const char *file, const struct bg_strv *cflags, const struct bg_facts *before,
		    const struct bg_data *d, const struct bg_hook *to, struct bg_diags *ds)
{
	BG_CLEANUP(bg_facts_freep) struct bg_facts *after = NULL;
	const struct bg_func *entry = &before->funcs.v[before->entry];
	int err = bg_facts_read_as(file, cflags, entry->name, NULL, before->hook->context, ds, &after);
	bool left;

	if (err)
		return err;
	left = context_left(after, before, to, ds);
	left |= meta_left(file, cflags, before, to, ds);
	for (size_t i = 0; i < after->facts.n; i++) {
		const struct bg_fact *x = &after->facts.v[i];
		const char *what = "";

		if (!is_left(after, d, before, to, x, &what))
			continue;
		report(after, before, x, what, ds);
		left = true;
	}
	return left ? -EINVAL : 0;
}
