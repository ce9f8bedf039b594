// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The transaction. Everything that can fail without a trace is done first: plan, compile, load. Then, in this order,
 * pins that describe what is to come, the new chain, one rename that makes it true, and the old chain's end. Before the
 * rename a failure takes back the new; after it only the removal of the old is left, which a later command can finish
 * as well. Parts of one datapath take each step together: all are attached before the first is made true, and all are
 * true before the first old chain ends.
 */
#include <inttypes.h>
#include <sys/random.h>
#include <unistd.h>

#include "compose/bpffs.h"
#include "compose/diag_ids.h"
#include "compose/fault.h"
#include "compose/plan.h"
#include "compose/repair.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"

static const struct bg_generation *if_same_backend(const struct bg_generation *keep, const struct bg_generation *g)
{
	return keep && !keep->broken && keep->backend == g->backend ? keep : NULL;
}

int bg_clear_away(struct bg_generation *gone, struct bg_generation *keep, bool keep_pins)
{
	int err = 0;

	if (gone->backend && !gone->broken) {
		bg_log_capture_start();
		err = gone->backend->settle(if_same_backend(keep, gone), gone);
		free(bg_log_capture_take());
	}
	/* While something of it may still run, its pins are what the next attempt finds it by. */
	return err ? err : bg_generation_unpin(gone, keep, keep_pins);
}

static bool is_whole(const struct bg_generation *g)
{
	struct bg_rows rows = { 0 };
	bool whole = bg_hook_list(&g->target, &rows) == 0 && bg_generation_alive(g, &rows);

	bg_vec_done(&rows);
	return whole;
}

/*
 * What an interrupted detach left is of the same change as the other part; but for its first step it is not whole any
 * more.
 */
static bool is_decided(const struct bg_generation *left, const struct bg_generations *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct bg_generation *g = all->v[i];

		if (!g->work && !g->broken && g->target.ifindex == left->target.ifindex &&
		    g->target.netns_id == left->target.netns_id && bg_streq(g->datapath, left->follows) &&
		    bg_streq(g->change, left->change))
			return is_whole(left);
	}
	return false;
}

int bg_clear_left(struct bg_generation *left, struct bg_generation *now, const struct bg_generations *all)
{
	int err;

	if (left->broken || !is_decided(left, all))
		return bg_clear_away(left, now, true);
	err = bg_generation_commit(left, now);
	return err || !now ? err : bg_clear_away(now, left, true);
}

/* An interrupted change of this datapath is cleared before it is planned, so that the plan sees one chain or none. */
static enum bg_exit repair_first(const struct bg_target *t, const char *name, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *now = bg_generation_dir(t, name, false), *work = bg_generation_dir(t, name, true);
	BG_CLEANUP(bg_generation_freep) struct bg_generation *left = NULL, *old = NULL;
	BG_CLEANUP(bg_freep) char *why = NULL;
	struct bg_generations all = { 0 };
	int err;

	if (bg_generation_open(work, ds, &left))
		return BG_EXIT_OK;
	if (bg_generation_open(now, ds, &old))
		old = NULL;
	err = bg_generations_open(ds, &all);
	err = err ? err : bg_clear_left(left, old, &all);
	bg_generations_done(&all);
	if (!err) {
		bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_REPAIRED, BG_NOWHERE,
			"cleared what an interrupted change of '%s' had left", name);
		return BG_EXIT_OK;
	}
	why = bg_errno_text(err);
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_LEFT, BG_AT(left->dir, 0, 0),
		"cannot clear what an interrupted change of '%s' left: %s", name, why);
	return BG_EXIT_ENV;
}

static void take_back(struct bg_plan *p, struct bg_diags *ds)
{
	const struct bg_spec_compose *w = p->chain.what;
	int err = 0;

	if (p->g->dir && !p->g->work) /* it was made true already, and another part of the datapath was not */
		err = p->old ? bg_generation_commit(p->old, p->g) : bg_generation_retire(p->g);
	err = err ? err : bg_clear_away(p->g, p->old, false);
	if (err) {
		BG_CLEANUP(bg_freep) char *left = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_ROLLBACK, w->at, "not all of the change could be undone: %s", left);
	} else {
		bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_ROLLBACK, w->at, "'%s' is as it was before at %s", w->interface,
			w->hook);
	}
}

/* What the kernel lists is what counts, not that no call failed. */
static int read_back(const struct bg_plan *p)
{
	struct bg_rows rows = { 0 };
	int err = p->g->backend->list(&p->target, &rows);

	if (!err && !bg_generation_alive(p->g, &rows))
		err = -ENOENT;
	bg_vec_done(&rows);
	return err;
}

/* Up to the rename; *ret_step names what failed. */
static int attach(struct bg_plan *p, char **ret_step)
{
	int err;

	if (p->old && p->old->backend != p->g->backend)
		p->in_place = false;
	err = bg_generation_pin(p->g);
	if (err) {
		*ret_step = bg_strdup("pin the programs");
		return err;
	}
	err = bg_generation_pin_maps(p->g);
	if (err) {
		*ret_step = bg_strdup("pin the maps");
		return err;
	}
	bg_log_capture_start();
	err = p->g->backend->attach(p->g, p->old, p->in_place, ret_step);
	free(bg_log_capture_take());
	if (err) {
		*ret_step = *ret_step ? *ret_step : bg_strdup("attach the chain");
		return err;
	}
	err = read_back(p);
	if (err)
		*ret_step = bg_strdup("see the attached programs on the hook");
	return err;
}

static void remove_old(struct bg_plan *p, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *why = NULL;
	int err;

	bg_change_disarm();
	err = p->old ? bg_clear_away(p->old, p->g, true) : 0;
	if (!err)
		return;
	why = bg_errno_text(err);
	bg_diag(ds, BG_WARNING, BG_ID_COMPOSE_LEFT, BG_AT(p->old->dir, 0, 0),
		"the new chain of '%s' is attached, but the old one could not be removed: %s", p->g->datapath, why);
}

static json_t *state_json(const struct bg_plan *p, struct bg_diags *ds)
{
	struct bg_generations all = { 0 };
	json_t *rows = json_array();

	bg_generations_open(ds, &all);
	bg_hook_json(&p->target, &all, rows);
	bg_generations_done(&all);
	return json_pack("{s:s,s:s,s:s,s:s?,s:s,s:s,s:s?,s:o}", "schema", "bpfgraft.apply/1", "datapath",
			 p->g->datapath, "interface", p->g->interface, "netns", p->g->netns, "hook",
			 p->target.hook->name, "attach", p->g->backend->name, "replaced",
			 !p->old	? NULL
			 : p->unchanged ? "unchanged"
			 : p->in_place ? "in-place"
				       : "add-then-remove",
			 "rows", rows);
}

static enum bg_exit check_record(const struct bg_plan *p, struct bg_diags *ds)
{
	if (!p->old || !p->old->broken)
		return BG_EXIT_OK;
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_STATE, p->chain.what->at,
		"the record of '%s' cannot be read, so it cannot be replaced: "
		"detach it first",
		p->g->datapath);
	return BG_EXIT_NO;
}

static enum bg_exit change_all(struct bg_plan *plans, size_t n, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *step = NULL, *why = NULL;
	size_t begun = 0, at = 0;
	uint64_t id;
	int err = getrandom(&id, sizeof(id), 0) == sizeof(id) ? 0 : -errno;

	bg_change_begin();
	for (size_t i = 0; i < n; i++)
		if (!plans[i].unchanged)
			plans[i].g->change = bg_printf("%016" PRIx64, id);
	for (; begun < n && !err; begun++)
		if (!plans[at = begun].unchanged)
			err = attach(&plans[at], &step);
	for (size_t i = 0; i < n && !err; i++)
		if (!plans[at = i].unchanged)
			err = bg_generation_commit(plans[at].g, plans[at].old);
	if (!err) {
		for (size_t i = 0; i < n; i++)
			if (!plans[i].unchanged)
				remove_old(&plans[i], ds);
		return BG_EXIT_OK;
	}
	why = bg_errno_text(err);
	bg_change_disarm();
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_STEP, plans[at].chain.what->at, "cannot %s: %s",
		step ? step : "make the change true", why);
	while (begun-- > 0)
		if (!plans[begun].unchanged)
			take_back(&plans[begun], ds);
	return BG_EXIT_ROLLBACK;
}

/* Everything that can fail without a trace. */
static enum bg_exit prepare(struct bg_plan *p, struct bg_diags *ds)
{
	enum bg_exit rc = bg_plan_make(p, ds);
	json_t *plan = NULL;

	if (rc || p->unchanged)
		return rc;
	if (bg_plan_write(p, ds, &plan))
		rc = BG_EXIT_ENV;
	json_decref(plan);
	return rc ? rc : check_record(p, ds);
}

enum bg_exit bg_compose_apply_parts(const struct bg_compose_job *jobs, size_t n, struct bg_diags *ds,
				    json_t **ret_states)
{
	BG_CLEANUP(bg_state_unlock) int lock = -1;
	struct bg_plan *plans;
	enum bg_exit rc = BG_EXIT_OK;

	if (bg_load_allowed(ds))
		return BG_EXIT_ENV;
	plans = bg_alloc(n * sizeof(*plans));
	for (size_t i = 0; i < n; i++)
		plans[i].home = -1;
	for (size_t i = 0; i < n && !rc; i++)
		rc = bg_plan_target(&plans[i], &jobs[i], true, ds);
	if (!rc && bg_state_lock(ds, &lock))
		rc = BG_EXIT_ENV;
	/* of all, before the first is planned: parts may have pins in one folder */
	for (size_t i = 0; i < n && !rc; i++)
		rc = repair_first(&plans[i].target, jobs[i].what->name, ds);
	for (size_t i = 0; i < n && !rc; i++)
		rc = prepare(&plans[i], ds);
	if (!rc)
		rc = change_all(plans, n, ds);
	for (size_t i = 0; i < n && !rc; i++)
		ret_states[i] = state_json(&plans[i], ds);
	for (size_t i = n; i-- > 0;) /* each came from the namespace of the one before */
		bg_plan_done(&plans[i]);
	free(plans);
	return rc;
}

enum bg_exit bg_compose_apply(const struct bg_compose_job *job, struct bg_diags *ds, json_t **ret_state)
{
	return bg_compose_apply_parts(job, 1, ds, ret_state);
}
