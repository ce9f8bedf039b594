// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the items of a spec must agree on: names are unique and refer to something, nothing is made from itself, a chain
 * only goes forward, keys that exclude each other do not stand together. Items and nodes lie side by side (spec_read.c
 * leaves a place for an item that is wrong), so that every message has the place of the very value.
 */
#include "core/spec_schema.h"

struct check {
	const struct bg_spec *spec;
	struct bg_diags *ds;
};

/* The place of a key's value in an item, else of the item. */
static struct bg_loc place(const struct check *c, const struct bg_node *item, const char *key)
{
	const struct bg_node *n = bg_node_get(item, key);

	return bg_node_at(c->spec->path, n ? n : item);
}

static const struct bg_node *item_of(const struct bg_node *parent, const char *list, size_t i)
{
	const struct bg_node *n = bg_node_get(parent, list);

	return n && i < n->n_children ? n->children[i] : NULL;
}

static void double_name(const struct check *c, const char *name, struct bg_loc first, struct bg_loc again)
{
	bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_DUPLICATE_KEY, again, "duplicate name '%s'", name);
	bg_diag(c->ds, BG_NOTE, BG_ID_SPEC_DUPLICATE_KEY, first, "'%s' stands here before", name);
}

static void check_accept(const struct check *c, const struct bg_strv *accept, const char *example,
			 const struct bg_node *n)
{
	for (size_t i = 0; i < accept->n; i++) {
		const char *id = accept->v[i];

		if (!bg_starts(id, "BG") || strlen(id) != 6 || strspn(id + 2, "0123456789") != 4)
			bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_VALUE, place(c, n, "accept"),
				"'accept' takes ids of diagnostics such as %s, not '%s'", example, id);
	}
}

/* Extracts and transforms share one space of names: 'unit' and 'run' mean either. */
static void check_units(const struct check *c, const struct bg_node *root)
{
	const struct bg_spec *s = c->spec;

	for (size_t i = 0; i < s->extracts.n; i++) {
		const struct bg_spec_extract *e = &s->extracts.v[i], *first = bg_spec_extract(s, e->name);
		const struct bg_node *n = item_of(root, "extract", i);

		if (first && first != e)
			double_name(c, e->name, first->at, place(c, n, "name"));
		if (e->from && !bg_spec_repo(s, e->from))
			bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_DANGLING, place(c, n, "from"),
				"there is no repository '%s'", e->from);
		check_accept(c, &e->accept, "BG1111", n);
	}
	for (size_t i = 0; i < s->transforms.n; i++) {
		const struct bg_spec_transform *t = &s->transforms.v[i], *first = bg_spec_transform(s, t->name);
		const struct bg_spec_extract *e = bg_spec_extract(s, t->name);
		const struct bg_node *n = item_of(root, "transform", i);

		if (e || (first && first != t))
			double_name(c, t->name, e ? e->at : first->at, place(c, n, "name"));
	}
}

static void check_source_of(const struct check *c, const struct bg_spec_transform *t, const struct bg_node *n)
{
	if (t->unit && t->source)
		bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_VALUE, place(c, n, "source"),
			"'unit' and 'source' exclude each other");
	if (!bg_node_get(n, "unit") && !bg_node_get(n, "source"))
		bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_MISSING_KEY, place(c, n, ""),
			"a transform needs 'unit' or 'source'");
	if (t->unit && !bg_spec_extract(c->spec, t->unit) && !bg_spec_transform(c->spec, t->unit))
		bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_DANGLING, place(c, n, "unit"),
			"there is no extract or transform '%s'", t->unit);
	check_accept(c, &t->accept, "BG2301", n);
}

static void check_transforms(const struct check *c, const struct bg_node *root)
{
	const struct bg_spec *s = c->spec;
	size_t n = s->transforms.n;
	BG_CLEANUP(bg_freep) size_t *next = bg_alloc((n + 1) * sizeof(*next));

	/* next[i]: the transform that i is made from, n: none */
	for (size_t i = 0; i < n; i++) {
		const struct bg_spec_transform *t = &s->transforms.v[i], *from = bg_spec_transform(s, t->unit);

		next[i] = from && !bg_spec_extract(s, t->unit) ? (size_t)(from - s->transforms.v) : n;
		check_source_of(c, t, item_of(root, "transform", i));
	}
	for (size_t i = 0; i < n; i++) {
		size_t j = next[i], steps = 0;

		/* told once for each circle: at its first transform in the spec */
		while (j < n && j > i && steps++ < n)
			j = next[j];
		if (j == i)
			bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_CYCLE, place(c, item_of(root, "transform", i), "unit"),
				"transform '%s' is made from itself",
				s->transforms.v[i].name ? s->transforms.v[i].name : "");
	}
}

/* The member's index in the chain, chain.n when there is none of that name. */
static size_t member_index(const struct bg_spec_compose *p, const char *name)
{
	size_t i = 0;

	while (i < p->chain.n && !bg_streq(p->chain.v[i].run, name))
		i++;
	return i;
}

static void check_member(const struct check *c, const struct bg_spec_compose *p, size_t i, const struct bg_node *n)
{
	const struct bg_spec_member *m = &p->chain.v[i];
	size_t first = member_index(p, m->run), target;

	if (m->run && first < i) {
		bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_CYCLE, place(c, n, "run"), "'%s' runs twice in the chain", m->run);
		bg_diag(c->ds, BG_NOTE, BG_ID_SPEC_CYCLE, p->chain.v[first].at, "'%s' stands here before", m->run);
	}
	if (m->object && m->source)
		bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_VALUE, place(c, n, "source"),
			"'object' and 'source' exclude each other");
	if (m->run && !bg_node_get(n, "object") && !bg_node_get(n, "source") && !bg_spec_extract(c->spec, m->run) &&
	    !bg_spec_transform(c->spec, m->run))
		bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_DANGLING, place(c, n, "run"),
			"there is no extract or transform '%s', and the member has no 'object' or 'source'", m->run);
	if (m->cflags.n && !bg_node_get(n, "source"))
		bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_VALUE, place(c, n, "cflags"),
			"'cflags' are for a member with 'source'");
	if (!m->otherwise || strcmp(m->otherwise, "stop") == 0)
		return;
	target = member_index(p, m->otherwise);
	if (target == p->chain.n)
		bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_DANGLING, place(c, bg_node_get(n, "otherwise"), "skip_to"),
			"the chain has no member '%s'", m->otherwise);
	else if (target <= i)
		bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_CYCLE, place(c, bg_node_get(n, "otherwise"), "skip_to"),
			"'skip_to' must go forward: '%s' %s", m->otherwise,
			target == i ? "is this member" : "has run already");
}

static void check_shares(const struct check *c, const struct bg_spec_compose *p, const struct bg_node *n)
{
	const struct bg_node *list = bg_node_get(n, "share");

	for (size_t i = 0; i < p->share.n; i++) {
		const struct bg_spec_share *s = &p->share.v[i];

		if (!bg_spec_is_ident(s->map))
			bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_VALUE, s->at, "a map's name is a C identifier, not '%s'",
				s->map);
		if (s->members.n < 2 && list->children[i]->kind == BG_NODE_LIST)
			bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_VALUE, bg_node_at(c->spec->path, list->children[i]),
				"to share '%s' takes at least two members", s->map);
		for (size_t j = 0; j < s->members.n; j++)
			if (member_index(p, s->members.v[j]) == p->chain.n)
				bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_DANGLING,
					bg_node_at(c->spec->path, list->children[i]), "the chain has no member '%s'",
					s->members.v[j]);
	}
}

static void check_composes(const struct check *c, const struct bg_node *root)
{
	const struct bg_spec *s = c->spec;

	for (size_t i = 0; i < s->composes.n; i++) {
		const struct bg_spec_compose *p = &s->composes.v[i];
		const struct bg_node *n = item_of(root, "compose", i);

		for (size_t j = 0; j < i; j++)
			if (bg_streq(s->composes.v[j].name, p->name)) {
				double_name(c, p->name, s->composes.v[j].at, place(c, n, "name"));
				break;
			}
		if (p->hook && strcmp(p->hook, "xdp") && strcmp(p->hook, "tc-ingress") && strcmp(p->hook, "tc-egress"))
			bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_VALUE, place(c, n, "hook"),
				"'hook' cannot be '%s': a datapath takes xdp, tc-ingress or tc-egress", p->hook);
		for (size_t j = 0; j < p->chain.n; j++)
			check_member(c, p, j, item_of(n, "chain", j));
		check_shares(c, p, n);
	}
}

void bg_spec_check(const struct bg_spec *spec, const struct bg_node *root, struct bg_diags *ds)
{
	struct check c = { spec, ds };

	check_units(&c, root);
	check_transforms(&c, root);
	check_composes(&c, root);
}
