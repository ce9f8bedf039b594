// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a datapath is, as one hash: the members' objects, the rules between them, their globals and maps, how they are
 * joined and attached. Two that are equal do the same; so a reload of one that is attached already has nothing to do.
 */
#include "compose/chain.h"
#include "core/fs.h"

/* Lengths stand before texts, so that no two trees read alike. */
static void add_text(struct bg_str *s, const char *text)
{
	bg_str_addf(s, "%zd:%s;", text ? (ssize_t)strlen(text) : -1, text ? text : "");
}

static void add_node(struct bg_str *s, const struct bg_node *n)
{
	if (!n) {
		bg_str_add(s, "-;");
		return;
	}
	bg_str_addf(s, "%d,%zu(", (int)n->kind, n->n_children);
	add_text(s, n->key);
	add_text(s, n->value);
	for (size_t i = 0; i < n->n_children; i++)
		add_node(s, n->children[i]);
	bg_str_add(s, ")");
}

static int add_member(struct bg_str *s, const struct bg_member *m)
{
	struct bg_str object = { 0 };
	int err = bg_read_file(m->object, 0, &object);

	if (!err) {
		struct bg_hash h = bg_sha256(object.s, object.n);

		add_text(s, h.hex);
	}
	add_text(s, m->spec->run);
	add_text(s, m->program);
	add_text(s, m->spec->otherwise);
	bg_str_addf(s, "%zu:", m->spec->continue_on.n);
	for (size_t i = 0; i < m->spec->continue_on.n; i++)
		add_text(s, m->spec->continue_on.v[i]);
	add_node(s, m->spec->globals);
	add_node(s, m->spec->maps);
	bg_str_done(&object);
	return err;
}

char *bg_chain_digest(const struct bg_chain *c)
{
	const struct bg_spec_compose *w = c->what;
	struct bg_str s = { 0 };
	struct bg_hash h;
	int err = 0;

	add_text(&s, BG_VERSION);
	add_text(&s, c->backend->name);
	bg_str_addf(&s, "%d,%d,%d,%zu;", (int)w->join, (int)w->exclusive, (int)w->final, c->members.n);
	for (size_t i = 0; i < c->members.n && !err; i++)
		err = add_member(&s, &c->members.v[i]);
	for (size_t i = 0; i < w->share.n; i++) {
		add_text(&s, w->share.v[i].map);
		for (size_t k = 0; k < w->share.v[i].members.n; k++)
			add_text(&s, w->share.v[i].members.v[k]);
		bg_str_add(&s, "|");
	}
	add_node(&s, w->metadata);
	bg_str_addf(&s, "%d,%x,%d;", (int)w->stats, (unsigned)c->meta.magic, c->behind != NULL);
	add_text(&s, w->follows);
	h = bg_sha256(s.s, s.n);
	bg_str_done(&s);
	return err ? NULL : bg_strdup(h.hex);
}
