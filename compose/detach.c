// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Taking datapaths down, whole ones and what interrupted changes left. The first step makes the folder one of a change,
 * so that a process which ends on the way leaves what the next command clears.
 */
#include <net/if.h>
#include <unistd.h>

#include "compose/bpffs.h"
#include "compose/compose.h"
#include "compose/diag_ids.h"
#include "compose/fault.h"
#include "compose/repair.h"
#include "core/fs.h"
#include "core/load.h"

struct wish {
	const char *name, *interface, *netns;
	uint64_t netns_id; /* of the wish's namespace */
	unsigned ifindex;  /* of its interface there; 0 = it is gone, then names are compared */
};

static bool is_meant(const struct wish *w, const struct bg_generation *g)
{
	if (w->name && strcmp(w->name, g->datapath) != 0 && !bg_streq(w->name, g->follows))
		return false;
	/* A broken record tells no interface; it is meant by its name, or by 'everything'. */
	if (g->broken)
		return w->name || !w->interface;
	if (!w->interface)
		return !w->netns || bg_streq(w->netns, g->netns) || w->netns_id == g->target.netns_id;
	if (w->ifindex)
		return w->ifindex == g->target.ifindex && w->netns_id == g->target.netns_id;
	return strcmp(w->interface, g->interface) == 0 && (w->netns ? bg_streq(w->netns, g->netns) : !g->netns);
}

static bool by_links(const struct bg_generation *g)
{
	bool links = !g || g->broken;

	for (size_t i = 0; g && i < g->parts.n; i++)
		links |= g->parts.v[i].link_fd >= 0;
	return links;
}

/*
 * Goes where the datapath is. -ENOENT when that namespace is gone, and filters and dispatchers with it; links can be
 * detached from anywhere.
 */
static int go_there(const struct bg_generation *g, const struct bg_generation *left, int *ret_home)
{
	int err = bg_netns_enter_id(g->target.netns_id, ret_home);

	return err && by_links(g) && by_links(left) ? 0 : err;
}

static json_t *answer(const struct bg_generation *g)
{
	json_t *kept = json_array(), *members = json_array();

	for (size_t i = 0; i < g->parts.n; i++)
		json_array_append_new(members, json_string(g->parts.v[i].run));
	for (size_t i = 0; i < g->pins.n; i++)
		if (g->pins.v[i].keep || !g->pins.v[i].made)
			json_array_append_new(kept, json_string(g->pins.v[i].path));
	return json_pack("{s:s,s:s?,s:s?,s:s?,s:s?,s:b,s:o,s:o}", "datapath", g->datapath, "interface", g->interface,
			 "netns", g->netns, "hook", g->target.hook ? g->target.hook->name : NULL, "attach",
			 g->backend ? g->backend->name : NULL, "leftover", g->work, "members", members, "maps_kept",
			 kept);
}

/* Nothing but pins is left of it. */
static int forget(struct bg_generation *g, struct bg_generation *left)
{
	BG_CLEANUP(bg_freep) char *mark = bg_state_mark(&g->target);
	int err = left ? bg_generation_unpin(left, g, true) : 0;

	rmdir(mark);
	return err ? err : bg_generation_unpin(g, NULL, true);
}

static int take_away(struct bg_generation *g, struct bg_generation *left)
{
	int err = left && !g->work ? bg_clear_away(left, g, true) : 0;

	if (!err && !g->work)
		err = bg_generation_retire(g);
	return err ? err : bg_clear_away(g, NULL, true);
}

static enum bg_exit take_down(struct bg_generation *g, struct bg_generation *left, struct bg_diags *ds, json_t *out)
{
	BG_CLEANUP(bg_netns_leave) int home = -1;
	json_t *row = answer(g);
	int err = go_there(g, left, &home);

	if (err == -ENOENT)
		err = forget(g, left);
	else if (!err)
		err = take_away(g, left);
	if (!err) {
		json_array_append_new(out, row);
		return BG_EXIT_OK;
	}
	BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

	json_decref(row);
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_LEFT, BG_AT(g->dir, 0, 0), "cannot take down '%s' whole: %s", g->datapath,
		why);
	return BG_EXIT_ENV;
}

/* What an interrupted change of g left, if it was. */
static struct bg_generation *work_of(const struct bg_generations *all, const struct bg_generation *g)
{
	BG_CLEANUP(bg_freep) char *dir = bg_printf("%s+work", g->dir);

	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i]->dir, dir) == 0)
			return all->v[i];
	return NULL;
}

static enum bg_exit detach_all(const struct wish *w, struct bg_diags *ds, json_t *out)
{
	BG_CLEANUP(bg_state_unlock) int lock = -1;
	struct bg_generations all = { 0 };
	enum bg_exit rc = BG_EXIT_OK;

	bg_change_begin();
	bg_change_disarm(); /* a detach has nothing to roll back to */
	if (bg_state_lock(ds, &lock) || bg_generations_open(ds, &all))
		rc = BG_EXIT_ENV;
	for (size_t i = 0; i < all.n && !rc; i++) {
		struct bg_generation *g = all.v[i];

		/*
		 * "NAME+work" sorts behind "NAME" and is cleared with it; what stands alone is left of a first apply or
		 * a detach
		 */
		if (is_meant(w, g) && bg_is_dir(g->dir))
			rc = take_down(g, g->work ? NULL : work_of(&all, g), ds, out);
	}
	bg_generations_done(&all);
	return rc;
}

static struct bg_generation *truth_of(const struct bg_generations *all, const struct bg_generation *left)
{
	for (size_t i = 0; i < all->n; i++) {
		BG_CLEANUP(bg_freep) char *work = bg_printf("%s+work", all->v[i]->dir);

		if (strcmp(work, left->dir) == 0)
			return all->v[i];
	}
	return NULL;
}

/* Whether its interface is no more, which took with it all that was attached there. */
static bool is_gone(const struct bg_generation *g)
{
	BG_CLEANUP(bg_netns_leave) int home = -1;
	char name[IF_NAMESIZE];
	int err = bg_netns_enter_id(g->target.netns_id, &home);

	return err == -ENOENT || (!err && !if_indextoname(g->target.ifindex, name));
}

/* One record that is not as it shall be. Sound ones are left alone: *ret_what stays NULL. */
static int mend(struct bg_generation *g, struct bg_generations *all, const char **ret_what)
{
	BG_CLEANUP(bg_netns_leave) int home = -1;
	int err;

	if (g->broken && !g->work)
		return 0; /* what is attached by it is not known: 'detach NAME' */
	if (g->broken || is_gone(g)) {
		*ret_what = g->broken ? "an interrupted change" : "its interface is gone";
		return forget(g, NULL);
	}
	if (!g->work)
		return 0;
	*ret_what = "an interrupted change";
	err = go_there(g, NULL, &home);
	return err ? err : bg_clear_left(g, truth_of(all, g), all);
}

enum bg_exit bg_compose_repair(struct bg_diags *ds, json_t **ret_repaired)
{
	BG_CLEANUP(bg_state_unlock) int lock = -1;
	struct bg_generations all = { 0 };
	json_t *out = json_array();
	enum bg_exit rc = BG_EXIT_OK;

	*ret_repaired = out;
	if (bg_load_allowed(ds) || bg_state_lock(ds, &lock))
		return BG_EXIT_ENV;
	bg_change_begin();
	bg_change_disarm(); /* nothing to roll back to */
	if (bg_generations_open(ds, &all))
		rc = BG_EXIT_ENV;
	/* "NAME+work" sorts behind "NAME": from the end, what is left goes before what it is left of */
	for (size_t i = all.n; i-- > 0 && !rc;) {
		struct bg_generation *g = all.v[i];
		json_t *row = answer(g);
		const char *what = NULL;
		int err = bg_is_dir(g->dir) ? mend(g, &all, &what) : 0;

		if (err) {
			BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

			bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_LEFT, BG_AT(g->dir, 0, 0),
				"cannot clear what is left of '%s': %s", g->datapath, why);
			rc = BG_EXIT_ENV;
		} else if (what) {
			json_object_set_new(row, "what", json_string(what));
			json_array_append(out, row);
		}
		json_decref(row);
	}
	bg_generations_done(&all);
	return rc;
}

enum bg_exit bg_compose_detach(const char *name, const char *interface, const char *netns, struct bg_diags *ds,
			       json_t **ret_state)
{
	struct wish w = { .name = name, .interface = interface, .netns = netns };
	json_t *out;
	enum bg_exit rc;

	if (bg_load_allowed(ds))
		return BG_EXIT_ENV;
	if (netns || interface) {
		BG_CLEANUP(bg_netns_leave) int home = -1;
		BG_CLEANUP(bg_freep) char *path = netns ? bg_printf("/run/netns/%s", netns) : NULL;

		/* a namespace that is gone leaves its name in the records */
		if (!path || access(path, F_OK) == 0) {
			if (bg_netns_enter(netns, BG_NOWHERE, ds, &home))
				return BG_EXIT_ENV;
			w.netns_id = bg_netns_id();
			w.ifindex = interface && bg_interface_name_ok(interface) ? if_nametoindex(interface) : 0;
		}
	}
	out = json_array();
	rc = detach_all(&w, ds, out);
	if (!rc && json_array_size(out) == 0) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_NOT_FOUND, BG_NOWHERE,
			"no datapath%s%s%s of bpfgraft%s%s is attached", name ? " '" : "", name ? name : "",
			name ? "'" : "", interface ? " on " : "", interface ? interface : "");
		rc = BG_EXIT_NO;
	}
	*ret_state = out;
	return rc;
}
