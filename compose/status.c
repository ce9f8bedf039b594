// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What is attached, ours and others', as the kernel says; what cannot be asked is said to be unknown. */
#include <bpf/bpf.h>
#include <net/if.h>

#include "compose/compose.h"
#include "compose/diag_ids.h"
#include "compose/links.h"
#include "compose/rows.h"

static const char *const hooks[] = { "xdp", "tc-ingress", "tc-egress" };

static enum bg_exit list_interface(const char *interface, const char *netns, const struct bg_generations *ours,
				   struct bg_diags *ds, json_t *rows)
{
	struct bg_target t = { .netns = netns, .interface = interface };

	if (bg_target_resolve(&t)) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_INTERFACE, BG_NOWHERE, "there is no interface '%s'", interface);
		return BG_EXIT_ENV;
	}
	for (size_t i = 0; i < BG_ARRAY_SIZE(hooks); i++) {
		int err;

		t.hook = bg_hook_by_name(hooks[i], ds);
		err = t.hook ? bg_hook_json(&t, ours, rows) : -ENOENT;
		if (err) {
			BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

			bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_UNKNOWN, BG_NOWHERE,
				"cannot read what is attached to '%s' at %s: %s", interface, hooks[i], why);
			return BG_EXIT_ENV;
		}
	}
	return BG_EXIT_OK;
}

static enum bg_exit list_namespace(const char *netns, const struct bg_generations *ours, struct bg_diags *ds,
				   json_t *rows)
{
	struct if_nameindex *all = if_nameindex();
	enum bg_exit rc = all ? BG_EXIT_OK : BG_EXIT_ENV;

	if (!all)
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_UNKNOWN, BG_NOWHERE, "cannot list the network interfaces");
	for (struct if_nameindex *i = all; i && i->if_index && !rc; i++)
		rc = list_interface(i->if_name, netns, ours, ds, rows);
	if_freenameindex(all);
	return rc;
}

/*
 * A link tells from everywhere whether its interface is still there; filters are gone with their namespace or
 * interface.
 */
static const char *state_from_afar(const struct bg_generation *g, size_t part, bool is_gone)
{
	struct bg_link_info info;

	if (g->parts.v[part].link_fd < 0 || bg_link_describe(g->parts.v[part].link_fd, &info))
		return is_gone ? "missing" : "unknown";
	return !info.ifindex ? "missing" : !g->work ? "attached" : g->changing ? "changing" : "leftover";
}

static void list_record(const struct bg_generation *g, bool is_gone, json_t *rows)
{
	for (size_t i = 0; i < g->parts.n; i++)
		json_array_append_new(rows, bg_part_json(g, i, state_from_afar(g, i, is_gone)));
}

/* A datapath of ours outside the namespace that was listed: in its own. */
static enum bg_exit list_elsewhere(const struct bg_generation *g, const struct bg_generations *ours,
				   struct bg_diags *ds, json_t *rows)
{
	BG_CLEANUP(bg_netns_leave) int home = -1;
	struct bg_target t = g->target;
	char name[IF_NAMESIZE];
	int err = bg_netns_enter_id(t.netns_id, &home);

	if (err || !if_indextoname(t.ifindex, name)) {
		list_record(g, err == 0 || err == -ENOENT, rows);
		return BG_EXIT_OK;
	}
	t.interface = name;
	err = bg_hook_json(&t, ours, rows);
	if (err)
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_UNKNOWN, BG_NOWHERE,
			"cannot read what is attached to '%s' of datapath '%s'", name, g->datapath);
	return err ? BG_EXIT_ENV : BG_EXIT_OK;
}

static bool same_hook(const struct bg_generation *a, const struct bg_generation *b)
{
	return a->target.hook == b->target.hook && a->target.ifindex == b->target.ifindex &&
	       a->target.netns_id == b->target.netns_id;
}

/* Our datapaths that the listing of the namespace here could not show; each hook once. */
static enum bg_exit list_rest(const struct bg_generations *ours, uint64_t here, struct bg_diags *ds, json_t *rows)
{
	enum bg_exit rc = BG_EXIT_OK;
	char name[IF_NAMESIZE];

	for (size_t i = 0; i < ours->n && !rc; i++) {
		const struct bg_generation *g = ours->v[i];
		/* a hook that was asked has shown all of ours on it */
		bool listed = g->broken || (g->target.netns_id == here && if_indextoname(g->target.ifindex, name));

		for (size_t k = 0; k < i && !listed; k++)
			listed = !ours->v[k]->broken && same_hook(ours->v[k], g) && g->target.netns_id != here;
		if (!listed)
			rc = g->target.netns_id == here ? (list_record(g, true, rows), BG_EXIT_OK)
							: list_elsewhere(g, ours, ds, rows);
	}
	return rc;
}

enum bg_exit bg_compose_status(const char *interface, const char *netns, struct bg_diags *ds, json_t **ret_rows)
{
	BG_CLEANUP(bg_netns_leave) int home = -1;
	struct bg_generations ours = { 0 };
	json_t *rows = json_array();
	enum bg_exit rc;

	if (bg_netns_enter(netns, BG_NOWHERE, ds, &home) || bg_generations_open(ds, &ours)) {
		rc = BG_EXIT_ENV;
	} else if (interface) {
		rc = list_interface(interface, netns, &ours, ds, rows);
	} else {
		rc = list_namespace(netns, &ours, ds, rows);
		/* asked for one namespace, another one's are not the answer */
		if (!rc && !netns)
			rc = list_rest(&ours, bg_netns_id(), ds, rows);
	}
	bg_generations_done(&ours);
	if (rc)
		json_decref(rows);
	else
		*ret_rows = rows;
	return rc;
}
