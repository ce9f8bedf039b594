// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/mapdiff.h"

#include "core/bytes.h"
#include "transform/verify_ids.h"

#define SHOWN 64u /* bytes of a key or value in a message */

/* One map on its way through the comparison. */
struct work {
	const struct bg_mapstate *a, *again, *b;
	bool *unstable; /* per leaf: differs between two runs of the original */
	const char *label;
};

/* A pair of records with the same key; NULL on the side that lacks it. */
struct pair {
	const unsigned char *key, *x, *y;
};

/* Walks two sorted states in step; false at the end. i and j are the positions, from 0. */
static bool next_pair(const struct bg_mapstate *x, const struct bg_mapstate *y, size_t *i, size_t *j, struct pair *ret)
{
	size_t size = bg_record_size(x);
	const unsigned char *rx = *i < x->n ? x->records + *i * size : NULL,
			    *ry = *j < y->n ? y->records + *j * size : NULL;
	int order = !rx ? 1 : !ry ? -1 : memcmp(rx, ry, x->key_size);

	if (!rx && !ry)
		return false;
	*ret = (struct pair){ order <= 0 ? rx : ry, order <= 0 ? rx + x->key_size : NULL,
			      order >= 0 ? ry + x->key_size : NULL };
	*i += order <= 0;
	*j += order >= 0;
	return true;
}

static bool is_null(const unsigned char *value, const struct bg_leaf *leaf, size_t at)
{
	for (size_t i = 0; value && i < leaf->size; i++)
		if (value[at + i])
			return false;
	return true;
}

/*
 * Compares a field on all CPUs, a missing record being zero. False when it differs, with the CPU. A pointer that a
 * program keeps is an address in this run's memory: only whether it is one counts.
 */
static bool leaf_equal(const struct bg_mapstate *m, const struct bg_leaf *leaf, const struct pair *p, size_t *ret_cpu)
{
	for (size_t cpu = 0; cpu < m->cpus; cpu++) {
		size_t at = cpu * m->step + leaf->offset;

		*ret_cpu = cpu;
		if (leaf->pointer && is_null(p->x, leaf, at) == is_null(p->y, leaf, at))
			continue;
		for (size_t i = 0; i < leaf->size; i++)
			if ((p->x ? p->x[at + i] : 0) != (p->y ? p->y[at + i] : 0))
				return false;
	}
	return true;
}

/*
 * Marks the fields that differ between two runs of the original. False when even the keys do: then nothing of the map
 * can be compared.
 */
static bool find_unstable(struct work *w)
{
	struct pair p;
	size_t i = 0, j = 0, cpu;

	while (next_pair(w->a, w->again, &i, &j, &p)) {
		if (!w->a->array && (!p.x || !p.y)) {
			memset(w->unstable, 0, w->a->leaves.n * sizeof(*w->unstable));
			return false;
		}
		for (size_t k = 0; k < w->a->leaves.n; k++)
			if (!leaf_equal(w->a, &w->a->leaves.v[k], &p, &cpu))
				w->unstable[k] = true;
	}
	return true;
}

static char *shown(const unsigned char *bytes, size_t n)
{
	BG_CLEANUP(bg_freep) char *hex = bg_hex_text(bytes, n < SHOWN ? n : SHOWN);

	return bg_printf("%s%s", hex, n > SHOWN ? " ..." : "");
}

static void show_value(struct bg_diags *ds, char label, const struct bg_mapstate *m, const unsigned char *value,
		       size_t cpu)
{
	BG_CLEANUP(bg_freep) char *hex = value ? shown(value + cpu * m->step, m->value_size) : NULL;

	if (!hex)
		bg_diag(ds, BG_NOTE, BG_ID_VERIFY_MAP, BG_NOWHERE, "%c: %s", label,
			m->array ? "all zero" : "no such entry");
	else if (m->percpu)
		bg_diag(ds, BG_NOTE, BG_ID_VERIFY_MAP, BG_NOWHERE, "%c, CPU %zu: %s", label, cpu, hex);
	else
		bg_diag(ds, BG_NOTE, BG_ID_VERIFY_MAP, BG_NOWHERE, "%c: %s", label, hex);
}

static void report_difference(const struct work *w, const struct pair *p, const struct bg_leaf *leaf, size_t cpu,
			      struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *key = shown(p->key, w->a->key_size);

	if (w->a->variable)
		bg_diag(ds, BG_ERROR, BG_ID_VERIFY_MAP, BG_NOWHERE, "variable '%s%s' differs after all packets%s",
			w->a->name, leaf ? leaf->name : "", w->label);
	else if (leaf)
		bg_diag(ds, BG_ERROR, BG_ID_VERIFY_MAP, BG_NOWHERE, "map '%s' differs at key %s in '%s%s'%s",
			w->a->name, key, *leaf->name ? "" : "value", leaf->name, w->label);
	else
		bg_diag(ds, BG_ERROR, BG_ID_VERIFY_MAP, BG_NOWHERE, "map '%s': only %s has an entry for key %s%s",
			w->a->name, p->x ? "the original" : "the port", key, w->label);
	show_value(ds, 'a', w->a, p->x, cpu);
	show_value(ds, 'b', w->a, p->y, cpu);
}

/* Whether original and port agree; the first difference becomes a diagnostic, except that of keys in an LRU map:
 * *ret_keys. */
static bool compare_records(const struct work *w, struct bg_diags *ds, bool *ret_keys)
{
	struct pair p;
	size_t i = 0, j = 0, cpu = 0;
	bool lenient = w->a->lru && (w->a->n * 2 > w->a->max_entries || w->b->n * 2 > w->a->max_entries);

	*ret_keys = false;
	while (next_pair(w->a, w->b, &i, &j, &p)) {
		if (!w->a->array && (!p.x || !p.y)) {
			*ret_keys = lenient;
			if (!lenient)
				report_difference(w, &p, NULL, 0, ds);
			return false;
		}
		for (size_t k = 0; k < w->a->leaves.n; k++) {
			if (w->unstable[k] || leaf_equal(w->a, &w->a->leaves.v[k], &p, &cpu))
				continue;
			report_difference(w, &p, &w->a->leaves.v[k], cpu, ds);
			return false;
		}
	}
	return true;
}

/* A second comparison of the same maps would only repeat the notes of the first. */
BG_PRINTF(4, 5)
static void note(const struct work *w, struct bg_diags *ds, unsigned id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!*w->label)
		bg_vdiag(ds, BG_NOTE, id, BG_NOWHERE, fmt, ap);
	va_end(ap);
}

/* Whether the original left it as it was before the first packet. */
static bool untouched(const struct bg_mapdiff_in *in, const struct bg_mapstate *m)
{
	const struct bg_mapstate *start = m->variable ? bg_mapstates_find(in->start, m->name, true) : NULL;

	if (!m->variable)
		return m->n == 0;
	return start && start->value_size == m->value_size && memcmp(start->records, m->records, m->value_size) == 0;
}

static json_t *excluded_names(const struct work *w, struct bg_diags *ds)
{
	json_t *names = json_array();

	for (size_t k = 0; k < w->a->leaves.n; k++) {
		BG_CLEANUP(bg_freep) char *name = bg_printf("%s%s", w->a->name, w->a->leaves.v[k].name);

		if (!w->unstable[k])
			continue;
		json_array_append_new(names, json_string(name));
		note(w, ds, BG_ID_VERIFY_UNSTABLE, "'%s' differs between two runs of the original, leaving it out",
		     name);
	}
	return names;
}

/* 'compared' and 'equal' of one map, and why not; true unless it differs. */
static bool judge(const struct bg_mapdiff_in *in, struct work *w, struct bg_diags *ds, const char **ret_why,
		  bool *ret_compared)
{
	const char *kind = w->a->variable ? "variable" : "map";
	bool keys, equal;

	*ret_compared = false;
	*ret_why = NULL;
	if (!w->b && w->a->why_not) {
		*ret_why = "the port has none, and what the original did with it cannot be read";
		note(w, ds, BG_ID_VERIFY_MAP_SKIPPED, "map '%s' (%s) is not compared: %s", w->a->name, w->a->type,
		     *ret_why);
		return true;
	}
	if (!w->b) {
		*ret_why = "the port has none, and the original left it as it was";
		if (untouched(in, w->a))
			return true;
		*ret_why = "the port has none";
		bg_diag(ds, BG_ERROR, BG_ID_VERIFY_MAP_SHAPE, BG_NOWHERE,
			"the original wrote %s '%s', which the port does not have%s", kind, w->a->name, w->label);
		return false;
	}
	if (w->a->key_size != w->b->key_size || w->a->value_size != w->b->value_size || w->a->cpus != w->b->cpus ||
	    w->a->array != w->b->array) {
		*ret_why = "key, value or type differ";
		bg_diag(ds, BG_ERROR, BG_ID_VERIFY_MAP_SHAPE, BG_NOWHERE,
			"%s '%s' has keys, values or a type of another size in the port%s", kind, w->a->name, w->label);
		return false;
	}
	*ret_why = w->a->why_not ? w->a->why_not : w->again->why_not ? w->again->why_not : w->b->why_not;
	if (*ret_why) {
		note(w, ds, BG_ID_VERIFY_MAP_SKIPPED, "map '%s' (%s) is not compared: %s", w->a->name, w->a->type,
		     *ret_why);
		return true;
	}
	if (!find_unstable(w)) {
		*ret_why = "its keys differ between two runs of the original";
		note(w, ds, BG_ID_VERIFY_UNSTABLE, "map '%s' is not compared: %s", w->a->name, *ret_why);
		return true;
	}
	*ret_compared = true;
	equal = compare_records(w, ds, &keys);
	if (keys) {
		*ret_compared = false;
		*ret_why = "an LRU map more than half full: the kernel chooses which entries it evicts";
		note(w, ds, BG_ID_VERIFY_MAP_SKIPPED, "map '%s' is not compared: %s", w->a->name, *ret_why);
		return true;
	}
	return equal;
}

size_t bg_mapdiff(const struct bg_mapdiff_in *in, struct bg_diags *ds, json_t *report)
{
	size_t differ = 0;

	for (size_t i = 0; i < in->a->all.n; i++) {
		const struct bg_mapstate *a = &in->a->all.v[i];
		struct work w = { .a = a,
				  .again = bg_mapstates_find(in->again, a->name, a->variable),
				  .b = bg_mapstates_find(in->b, a->name, a->variable),
				  .label = in->label };
		const char *why;
		bool compared, agrees;
		json_t *excluded;

		w.unstable = bg_alloc(a->leaves.n * sizeof(bool));
		agrees = judge(in, &w, ds, &why, &compared);
		excluded = excluded_names(&w, ds);
		differ += !agrees;
		json_array_append_new(report, json_pack("{s:s, s:s, s:I, s:o, s:b, s:s?, s:o}", "name", a->name, "type",
							a->type, "entries", (json_int_t)a->n, "equal",
							compared || !agrees ? json_boolean(agrees) : json_null(),
							"compared", compared, "why", why, "excluded", excluded));
		free(w.unstable);
	}
	return differ;
}
