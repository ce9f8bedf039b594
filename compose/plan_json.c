// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A plan as JSON, schema bpfgraft.plan/1 (docs/compose.md). Every field is always there; null is 'not known'. */
#include "compose/cost.h"

static json_t *strings(const struct bg_strv *sv)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sv->n; i++)
		json_array_append_new(list, json_string(sv->v[i]));
	return list;
}

static const struct bg_pin *pin_at(const struct bg_generation *g, const char *path)
{
	for (size_t i = 0; i < g->pins.n; i++)
		if (strcmp(g->pins.v[i].path, path) == 0)
			return &g->pins.v[i];
	return NULL;
}

/* Maps that the spec says something of; 'found' is null where no kernel was asked. */
static json_t *maps_json(const struct bg_plan *p, const struct bg_member *m)
{
	const struct bg_node *maps = m->spec->maps;
	json_t *list = json_array();

	for (size_t i = 0; maps && i < maps->n_children; i++) {
		const struct bg_node *pin = bg_node_get(maps->children[i], "pin"),
				     *entries = bg_node_get(maps->children[i], "entries");
		const struct bg_pin *known = pin ? pin_at(p->g, pin->value) : NULL;
		bool keep = false;

		if (bg_node_get(maps->children[i], "keep"))
			bg_node_bool(bg_node_get(maps->children[i], "keep"), &keep);
		json_array_append_new(list,
				      json_pack("{s:s,s:s?,s:b,s:o,s:I}", "map", maps->children[i]->key, "pin",
						pin ? pin->value : NULL, "keep", keep, "found",
						known ? json_boolean(known->map_fd >= 0 && !known->made) : json_null(),
						"entries", (json_int_t)(entries ? entries->n_children : 0)));
	}
	return list;
}

static json_t *globals_json(const struct bg_member *m)
{
	json_t *list = json_array();

	for (size_t i = 0; m->spec->globals && i < m->spec->globals->n_children; i++)
		json_array_append_new(list, json_string(m->spec->globals->children[i]->key));
	return list;
}

/* The members are joined to one program: where that sits is where each of them does. */
static bool is_one(const struct bg_plan *p)
{
	return p->loaded && p->chain.join != BG_JOIN_SEPARATE;
}

static json_t *join_json(const struct bg_chain *c)
{
	static const char *const methods[] = { [BG_JOIN_FUSED] = "fused",
					       [BG_JOIN_TAILCALL] = "tailcall",
					       [BG_JOIN_SEPARATE] = "separate" };
	bool known = c->join_how;

	return json_pack("{s:s,s:s?,s:s?,s:o,s:o}", "method", methods[c->join], "why", c->join_why, "how", c->join_how,
			 "programs", known ? json_integer((json_int_t)c->programs) : json_null(), "instructions",
			 known ? json_integer((json_int_t)c->instructions) : json_null());
}

static json_t *member_json(const struct bg_plan *p, size_t i)
{
	const struct bg_member *m = &p->chain.members.v[i];
	const struct bg_part *part = &p->g->parts.v[is_one(p) ? 0 : i];
	struct bg_strv fallback = { 0 };
	json_t *continue_on;

	bg_strv_add(&fallback, "pass");
	continue_on = strings(m->spec->continue_on.n ? &m->spec->continue_on : &fallback);
	bg_strv_done(&fallback);
	return json_pack(
		"{s:I,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:s?,s:o,s:s,s:o,s:o}", "order", (json_int_t)i + 1, "run",
		m->spec->run, "from", m->kind, "object", m->object, "program", m->program, "tag",
		*part->tag ? json_string(part->tag) : json_null(), "loads", p->loaded ? json_true() : json_null(),
		"priority", part->priority ? json_integer(part->priority) : json_null(), "handle",
		part->handle ? json_integer(part->handle) : json_null(), "pass",
		m->pass == BG_PASS_ACCEPT     ? "accept"
		: m->pass == BG_PASS_CONTINUE ? "continue"
					      : NULL,
		"continue_on", continue_on, "otherwise",
		m->spec->otherwise ? m->spec->otherwise : "stop", "maps", maps_json(p, m), "globals", globals_json(m));
}

static json_t *replaces_json(const struct bg_plan *p)
{
	json_t *members;

	if (!p->old)
		return json_null();
	members = json_array();
	for (size_t i = 0; i < p->old->parts.n; i++)
		json_array_append_new(members, json_string(p->old->parts.v[i].run));
	return json_pack("{s:s?,s:s,s:o}", "attach", p->old->broken ? NULL : p->old->backend->name, "how",
			 p->in_place ? "in-place" : "add-then-remove", "members", members);
}

static json_t *share_json(const struct bg_spec_compose *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->share.n; i++)
		json_array_append_new(list, json_pack("{s:s,s:o}", "map", w->share.v[i].map, "members",
						      strings(&w->share.v[i].members)));
	return list;
}

/* Keys, and the members that name them. */
static json_t *metadata_json(const struct bg_chain *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->meta.keys.n; i++) {
		const struct bg_meta_key *k = &c->meta.keys.v[i];
		json_t *members = json_array();

		for (size_t m = 0; m < c->members.n; m++)
			for (size_t v = 0; v < c->members.v[m].meta.vars.n; v++)
				if (c->members.v[m].meta.vars.v[v].to == k->value)
					json_array_append_new(members, json_string(c->members.v[m].spec->run));
		json_array_append_new(list,
				      json_pack("{s:s,s:s,s:o}", "key", k->name, "type", k->type, "members", members));
	}
	return list;
}

/* How metadata travels between the chain's programs, where it comes from and goes to. */
static json_t *carried_json(const struct bg_chain *c)
{
	const char *by = c->join == BG_JOIN_FUSED ? "stack" : bg_chain_carrier(c) == BG_CARRY_CB ? "cb" : "data_meta";

	if (!c->meta.size)
		return json_null();
	return json_pack("{s:s,s:I,s:s?,s:s?}", "by", by, "bytes", (json_int_t)c->meta.size, "from",
			 c->before ? c->before->name : NULL, "to", c->behind ? c->behind->name : NULL);
}

static json_t *others_json(const struct bg_plan *p)
{
	json_t *list;

	if (!p->others_known)
		return json_null();
	list = json_array();
	for (size_t i = 0; i < p->others.n; i++) {
		json_t *row = bg_row_json(&p->target, &p->others.v[i], i + 1, &p->ours);

		json_object_set_new(row, "position", json_string(i < p->before ? "before" : "behind"));
		json_array_append_new(list, row);
	}
	return list;
}

/* One program in its predecessor's seat is one step; several, or a second chain beside the first, are not. */
static bool is_atomic(const struct bg_plan *p)
{
	bool one = p->g->parts.n == 1 || p->chain.join != BG_JOIN_SEPARATE;

	return !p->old ? one || p->g->backend->loads : p->in_place && one;
}

static json_t *followers_json(const struct bg_chain *c)
{
	const struct bg_spec *s = c->job->spec;
	json_t *list = json_array();

	for (size_t i = 0; i < s->composes.n; i++)
		if (bg_streq(s->composes.v[i].follows, c->what->name))
			json_array_append_new(list, json_string(s->composes.v[i].name));
	return list;
}

json_t *bg_plan_json(const struct bg_plan *p)
{
	const struct bg_spec_compose *w = p->chain.what;
	const struct bg_chain *c = &p->chain;
	json_t *chain = json_array();

	for (size_t i = 0; i < c->members.n && (is_one(p) || i < p->g->parts.n); i++)
		json_array_append_new(chain, member_json(p, i));
	return json_pack("{s:s,s:s,s:s?,s:o,s:s,s:o,s:s?,s:s,s:o,s:{s:s,s:s,s:o,s:s?,s:s},s:b,s:o,s:o,s:s,s:o,s:o,s:o,"
			 "s:o,s:o,s:b,s:o}",
			 "schema", "bpfgraft.plan/1", "datapath", w->name, "follows", w->follows, "followed_by",
			 followers_json(c), "interface", w->interface, "ifindex",
			 p->target.ifindex ? json_integer(p->target.ifindex) : json_null(), "netns", w->netns, "hook",
			 w->hook, "join", join_json(c), "attach", "method", c->backend->name, "why", c->why,
			 "available",
			 c->lacking  ? json_false()
			 : c->probed ? json_true()
				     : json_null(),
			 "lacking", c->lacking, "next_runs_after", c->backend->next_means, "atomic", is_atomic(p),
			 "replaces", replaces_json(p), "chain", chain, "final",
			 w->final == BG_FINAL_PASS   ? "pass"
			 : w->final == BG_FINAL_DROP ? "drop"
						     : "last",
			 "share", share_json(w), "metadata", metadata_json(c), "carried", carried_json(c), "object",
			 bg_export_json(&p->object), "others", others_json(p), "leftover", p->left != NULL, "cost",
			 c->job->measure ? bg_plan_cost(p) : json_null());
}
