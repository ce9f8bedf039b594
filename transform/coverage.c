// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/coverage.h"

#include <unistd.h>

#include "core/fs.h"
#include "transform/provenance.h"
#include "transform/verify_ids.h"

#define SHOWN 5u /* branches that no packet reached, named one by one */

void bg_coverage_done(struct bg_coverage *c)
{
	free(c->why);
	bg_vec_done(&c->ways);
	bg_strv_done(&c->files);
	*c = (struct bg_coverage){ 0 };
}

static const char *intern(struct bg_coverage *c, const char *name)
{
	for (size_t i = 0; i < c->files.n; i++)
		if (strcmp(c->files.v[i], name) == 0)
			return c->files.v[i];
	bg_strv_add(&c->files, name);
	return c->files.v[c->files.n - 1];
}

/*
 * Where a way leads: the first line behind it that is another than the branch's, for instructions of the next one were
 * often moved forward. At the next jump the search ends, with what is there.
 */
static const struct bg_code_line *leads_to(const struct bg_code *c, const struct bg_code_line *from, uint32_t to)
{
	const struct bg_code_line *l = bg_code_line(c, to);

	for (uint32_t i = to; i < c->n && l && l->line == from->line && l->file == from->file; i++) {
		const struct bpf_insn *insn = &c->insns[i];

		l = bg_code_line(c, i);
		if (bg_insn_jumps(insn) || insn->code == (BPF_JMP | BPF_EXIT))
			break;
		i += bg_insn_wide(insn);
	}
	return l;
}

void bg_coverage_learn(struct bg_coverage *c, const struct bg_trace *t)
{
	for (size_t i = 0; i < t->branches.n && c->ways.n < 2 * t->branches.n; i++) {
		const struct bg_trace_branch *b = &t->branches.v[i];
		const struct bg_code_line *at = bg_code_line(&t->code, b->insn);

		for (int k = 0; k < 2; k++) {
			const struct bg_code_line *to = at ? leads_to(&t->code, at, b->to[k]) : NULL;
			struct bg_way w = { .noted = b->noted[k] != 0 };

			if (at && at->line && to && to->line)
				w = (struct bg_way){ .file = intern(c, at->file),
						     .to_file = intern(c, to->file),
						     .line = at->line,
						     .col = at->col,
						     .to_line = to->line,
						     .to_col = to->col,
						     .noted = w.noted };
			bg_vec_push(&c->ways, w);
		}
	}
}

size_t bg_coverage_add(struct bg_coverage *c, const struct bg_trace *t)
{
	size_t fresh = 0;

	for (size_t i = 0; i < t->branches.n; i++)
		for (int k = 0; k < 2; k++) {
			struct bg_way *w = &c->ways.v[2 * i + (size_t)k];

			if (w->seen || !bg_trace_took(t, &t->branches.v[i], k))
				continue;
			w->seen = true;
			fresh++;
		}
	return fresh;
}

static int order(const char *a, const char *b)
{
	return !a || !b ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

static int by_place(const void *a, const void *b)
{
	const struct bg_way *x = a, *y = b;
	int o = order(x->file, y->file);

	o = o ? o : (x->line > y->line) - (x->line < y->line);
	return o ? o : (x->col > y->col) - (x->col < y->col);
}

static int by_way(const void *a, const void *b)
{
	const struct bg_way *x = a, *y = b;
	int o = by_place(a, b);

	o = o ? o : order(x->to_file, y->to_file);
	o = o ? o : (x->to_line > y->to_line) - (x->to_line < y->to_line);
	return o ? o : (x->to_col > y->to_col) - (x->to_col < y->to_col);
}

/* The ways, copies made one: v[0] to v[n - 1], in the order of the source. Without lines every way is its own. */
static struct bg_way *merged(const struct bg_coverage *c, size_t *ret_n)
{
	struct bg_way *v = bg_alloc(c->ways.n * sizeof(*v) + 1);
	size_t n = 0;

	if (c->ways.n) {
		memcpy(v, c->ways.v, c->ways.n * sizeof(*v));
		qsort(v, c->ways.n, sizeof(*v), by_way);
	}
	for (size_t i = 0; i < c->ways.n; i++) {
		if (n && v[i].file && by_way(&v[n - 1], &v[i]) == 0) {
			v[n - 1].seen |= v[i].seen;
			v[n - 1].noted |= v[i].noted;
		} else {
			v[n++] = v[i];
		}
	}
	*ret_n = n;
	return v;
}

/* A path as diagnostics show it: from here, when it is below. */
static const char *shown(const char *path, const char *here)
{
	size_t n = here ? strlen(here) : 0;

	return n && strncmp(path, here, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

/*
 * The branch at v[i]: whether any packet came there, and where none went on to; NULL when packets went every way, or
 * what else they did is unknown. *ret_next = the next branch.
 */
static json_t *missed_at(const struct bg_way *v, size_t n, size_t i, struct bg_provenance *p, const char *here,
			 size_t *ret_next, bool *ret_every)
{
	json_t *to = json_array(), *from;
	bool reached = false;
	size_t k = i;

	*ret_every = true;
	for (; k < n && (k == i || (v[i].file && by_place(&v[i], &v[k]) == 0)); k++) {
		reached |= v[k].seen;
		*ret_every &= v[k].seen;
		if (!v[k].seen && v[k].noted)
			json_array_append_new(to, v[k].file ? json_integer(v[k].to_line) : json_null());
	}
	*ret_next = k;
	if (!json_array_size(to)) {
		json_decref(to);
		return NULL;
	}
	if (v[i].file)
		bg_provenance_read(p, v[i].file);
	from = v[i].file ? bg_provenance_of(p, v[i].line) : json_null();
	return json_pack("{s:s?, s:I, s:I, s:b, s:o, s:o}", "path", v[i].file ? shown(v[i].file, here) : NULL, "line",
			 (json_int_t)v[i].line, "col", (json_int_t)v[i].col, "reached", reached, "never_to", to,
			 "upstream", from);
}

static void note_missed(const json_t *m, struct bg_coverage *c, struct bg_diags *ds)
{
	const json_t *up = json_object_get(m, "upstream");
	const char *path = json_string_value(json_object_get(m, "path"));
	struct bg_loc at = path ? BG_AT(path, (unsigned)json_integer_value(json_object_get(m, "line")),
					(unsigned)json_integer_value(json_object_get(m, "col")))
				: BG_NOWHERE;
	BG_CLEANUP(bg_freep)
	char *from = json_is_object(up) ? bg_printf(" (%s:%d)", json_string_value(json_object_get(up, "file")),
						    (int)json_integer_value(json_object_get(up, "line")))
					: bg_strdup("");

	if (!path || c->lines_missed > SHOWN)
		return;
	if (json_is_true(json_object_get(m, "reached")))
		bg_diag(ds, BG_NOTE, BG_ID_COVERAGE, at, "no packet goes from here to line %d%s",
			(int)json_integer_value(json_array_get(json_object_get(m, "never_to"), 0)), from);
	else
		bg_diag(ds, BG_NOTE, BG_ID_COVERAGE, at, "no packet reaches this branch%s", from);
}

json_t *bg_coverage_json(struct bg_coverage *c, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *here = bg_realpath(".");
	BG_CLEANUP(bg_provenance_done) struct bg_provenance p = { 0 };
	json_t *missed = json_array(), *covered = json_array();
	size_t n, tenths, unknown = 0;
	BG_CLEANUP(bg_freep) struct bg_way *v = merged(c, &n);

	c->n = c->reached = c->lines = c->lines_missed = 0;
	for (size_t i = 0; i < n; i++) {
		unknown += !v[i].noted;
		c->n += v[i].noted;
		c->reached += v[i].seen;
	}
	for (size_t i = 0, next; !c->why && i < n; i = next) {
		bool every;
		json_t *m = missed_at(v, n, i, &p, here, &next, &every);

		c->lines++;
		if (every && v[i].file)
			json_array_append_new(covered, json_pack("{s:s, s:I, s:I}", "path", shown(v[i].file, here),
								 "line", (json_int_t)v[i].line, "col",
								 (json_int_t)v[i].col));
		if (!m)
			continue;
		c->lines_missed++;
		if (ds)
			note_missed(m, c, ds);
		json_array_append_new(missed, m);
	}
	if (ds && c->lines_missed > SHOWN && n && v[n - 1].file)
		bg_diag(ds, BG_NOTE, BG_ID_COVERAGE, BG_NOWHERE,
			"%zu further branches were not reached in full; the report lists them",
			c->lines_missed - SHOWN);
	tenths = c->n ? c->reached * 1000 / c->n : 0; /* rounded down: only all is 100 % */
	if (c->why)
		return json_pack("{s:b, s:s, s:n, s:n, s:n, s:n, s:o, s:o}", "measured", false, "why", c->why,
				 "ways", "reached", "percent", "unknown", "missed", missed, "covered", covered);
	return json_pack("{s:b, s:n, s:I, s:I, s:o, s:I, s:o, s:o}", "measured", true, "why", "ways", (json_int_t)c->n,
			 "reached", (json_int_t)c->reached, "percent",
			 c->n ? json_real((double)tenths / 10) : json_null(), "unknown",
			 (json_int_t)unknown, "missed", missed, "covered", covered);
}
