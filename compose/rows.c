// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/rows.h"

static const char *const xdp_verdicts[] = { "aborted", "drop", "pass", "tx", "redirect" };

const struct bg_generation *bg_row_owner(const struct bg_target *t, const struct bg_row *r,
					 const struct bg_generations *ours, size_t *ret_part)
{
	const struct bg_rows one = { .v = (struct bg_row *)r, .n = 1 };

	for (size_t i = 0; i < ours->n; i++) {
		const struct bg_generation *g = ours->v[i];

		if (g->broken || g->target.ifindex != t->ifindex || g->target.netns_id != t->netns_id ||
		    g->target.hook != t->hook)
			continue;
		for (size_t p = 0; p < g->parts.n; p++)
			if (bg_row_find(&one, g, p) == 0) {
				*ret_part = p;
				return g;
			}
	}
	return NULL;
}

/* Names of interfaces and filters may be any bytes; JSON takes UTF-8 only. */
static json_t *text(const char *s)
{
	BG_CLEANUP(bg_freep) char *clean = s && *s ? bg_escape(s) : NULL;

	return clean ? json_string(clean) : json_null();
}

static json_t *continue_json(const struct bg_row *r)
{
	json_t *list;

	if (!r->mode || strcmp(r->kind, "bpf") != 0)
		return json_null();
	list = json_array();
	if (strcmp(r->mode, "tcx") == 0 || strcmp(r->mode, "tc") == 0)
		json_array_append_new(list, json_string("unspec"));
	for (size_t a = 0; r->continue_on > 0 && a < BG_ARRAY_SIZE(xdp_verdicts); a++)
		if (r->continue_on >> a & 1)
			json_array_append_new(list, json_string(xdp_verdicts[a]));
	return list;
}

static json_t *number(int64_t n, bool is_known)
{
	return is_known ? json_integer(n) : json_null();
}

static const char *state_of(const struct bg_generation *g)
{
	if (!g || !g->work)
		return "attached";
	return g->changing ? "changing" : "leftover";
}

/* g and part: whose it is, NULL when of others. */
static json_t *make_row(const struct bg_target *t, const struct bg_row *r, size_t order, const struct bg_generation *g,
			size_t part, const char *state)
{
	json_t *o = json_object();

	json_object_set_new(o, "interface", text(t->interface));
	json_object_set_new(o, "netns", text(t->netns));
	json_object_set_new(o, "hook", text(t->hook->name));
	json_object_set_new(o, "order", number((int64_t)order, order));
	json_object_set_new(o, "priority", number(r->priority, r->priority >= 0));
	json_object_set_new(o, "program", text(r->name));
	json_object_set_new(o, "id", number(r->prog_id, r->prog_id));
	json_object_set_new(o, "tag", text(r->tag));
	json_object_set_new(o, "mode", text(r->mode));
	json_object_set_new(o, "kind", text(r->kind));
	json_object_set_new(o, "continue_on", continue_json(r));
	json_object_set_new(o, "owner", text(g ? "bpfgraft" : NULL));
	json_object_set_new(o, "datapath", text(g ? g->datapath : NULL));
	json_object_set_new(o, "follows", text(g ? g->follows : NULL));
	json_object_set_new(o, "member", text(g ? g->parts.v[part].run : NULL));
	json_object_set_new(o, "state", text(state));
	return o;
}

json_t *bg_row_json(const struct bg_target *t, const struct bg_row *r, size_t order, const struct bg_generations *ours)
{
	size_t part = 0;
	const struct bg_generation *g = bg_row_owner(t, r, ours, &part);

	return make_row(t, r, order, g, part, state_of(g));
}

json_t *bg_part_json(const struct bg_generation *g, size_t part, const char *state)
{
	const struct bg_part *p = &g->parts.v[part];
	struct bg_row r = { .kind = "bpf", .prog_id = p->prog_id, .priority = -1, .continue_on = -1 };

	snprintf(r.name, sizeof(r.name), "%s", p->program);
	memcpy(r.tag, p->tag, sizeof(r.tag));
	return make_row(&g->target, &r, 0, g, part, state);
}

/* A seat that holds the program of an interrupted change is not empty: its row says 'leftover'. */
static bool has_seat(const struct bg_rows *rows, const struct bg_generation *g, size_t part, const struct bg_target *t,
		     const struct bg_generations *ours)
{
	size_t other;

	for (size_t i = 0; i < rows->n; i++)
		if (bg_row_in_seat(&rows->v[i], g, part) && bg_row_owner(t, &rows->v[i], ours, &other))
			return true;
	return false;
}

int bg_hook_json(const struct bg_target *t, const struct bg_generations *ours, json_t *out)
{
	struct bg_rows rows = { 0 };
	int err = bg_hook_list(t, &rows);

	for (size_t i = 0; i < rows.n; i++)
		json_array_append_new(out, bg_row_json(t, &rows.v[i], i + 1, ours));
	for (size_t i = 0; i < ours->n && !err; i++) {
		const struct bg_generation *g = ours->v[i];

		if (g->broken || g->work || g->target.ifindex != t->ifindex || g->target.netns_id != t->netns_id ||
		    g->target.hook != t->hook)
			continue;
		for (size_t p = 0; p < g->parts.n; p++)
			if (bg_row_find(&rows, g, p) < 0 && !has_seat(&rows, g, p, t, ours))
				json_array_append_new(out, bg_part_json(g, p, "missing"));
	}
	bg_vec_done(&rows);
	return err;
}
