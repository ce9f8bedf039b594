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

static json_t *text(const char *s)
{
	return s && *s ? json_string(s) : json_null();
}

static json_t *continue_json(const struct bg_row *r)
{
	json_t *list;

	if (strcmp(r->kind, "bpf") != 0)
		return json_null();
	list = json_array();
	if (strcmp(r->mode, "tcx") == 0 || strcmp(r->mode, "tc") == 0)
		json_array_append_new(list, json_string("unspec"));
	for (size_t a = 0; r->continue_on > 0 && a < BG_ARRAY_SIZE(xdp_verdicts); a++)
		if (r->continue_on >> a & 1)
			json_array_append_new(list, json_string(xdp_verdicts[a]));
	return list;
}

json_t *bg_row_json(const struct bg_target *t, const struct bg_row *r, size_t order, const struct bg_generations *ours)
{
	size_t part = 0;
	const struct bg_generation *g = bg_row_owner(t, r, ours, &part);

	return json_pack("{s:s,s:s?,s:s,s:I,s:o,s:o,s:o,s:o,s:s,s:s,s:o,s:s?,s:s?,s:s?,s:s}", "interface", t->interface,
			 "netns", t->netns, "hook", t->hook->name, "order", (json_int_t)order, "priority",
			 r->priority < 0 ? json_null() : json_integer(r->priority), "program", text(r->name), "id",
			 r->prog_id ? json_integer(r->prog_id) : json_null(), "tag", text(r->tag), "mode", r->mode,
			 "kind", r->kind, "continue_on", continue_json(r), "owner", g ? "bpfgraft" : NULL, "datapath",
			 g ? g->datapath : NULL, "member", g ? g->parts.v[part].run : NULL, "state",
			 !g || !g->work ? "attached"
			 : g->changing	? "changing"
					: "leftover");
}

json_t *bg_part_json(const struct bg_generation *g, size_t part, const char *state)
{
	const struct bg_part *p = &g->parts.v[part];

	return json_pack("{s:s,s:s?,s:s,s:n,s:n,s:s,s:o,s:o,s:n,s:s,s:n,s:s,s:s,s:s,s:s}", "interface", g->interface,
			 "netns", g->netns, "hook", g->target.hook->name, "order", "priority", "program", p->program,
			 "id", p->prog_id ? json_integer(p->prog_id) : json_null(), "tag", text(p->tag), "mode", "kind",
			 "bpf", "continue_on", "owner", "bpfgraft", "datapath", g->datapath, "member", p->run, "state",
			 state);
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
