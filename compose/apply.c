// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The transaction. Everything that can fail without a trace is done first: plan, compile, load. Then, in this order,
 * pins that describe what is to come, the new chain, one rename that makes it true, and the old chain's end. Before the
 * rename a failure takes back the new; after it only the removal of the old is left, which a later command can finish
 * as well.
 */
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

enum bg_exit bg_repair_left(struct bg_generation *left, struct bg_generation *now, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *why = NULL;
	int err = bg_clear_away(left, now, true);

	if (!err) {
		bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_REPAIRED, BG_NOWHERE,
			"cleared what an interrupted change of '%s' had left", left->datapath);
		return BG_EXIT_OK;
	}
	why = bg_errno_text(err);
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_LEFT, BG_AT(left->dir, 0, 0),
		"cannot clear what an interrupted change of '%s' left: %s", left->datapath, why);
	return BG_EXIT_ENV;
}

/* An interrupted change of this datapath is cleared before it is planned, so that the plan sees one chain or none. */
static enum bg_exit repair_first(const struct bg_target *t, const char *name, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *now = bg_generation_dir(t, name, false), *work = bg_generation_dir(t, name, true);
	BG_CLEANUP(bg_generation_freep) struct bg_generation *left = NULL, *old = NULL;

	if (bg_generation_open(work, ds, &left))
		return BG_EXIT_OK;
	if (bg_generation_open(now, ds, &old))
		old = NULL;
	return bg_repair_left(left, old, ds);
}

static enum bg_exit roll_back(struct bg_plan *p, const char *step, int err, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);
	const struct bg_spec_compose *w = p->chain.what;

	bg_change_disarm();
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_STEP, w->at, "cannot %s: %s", step, why);
	err = bg_clear_away(p->g, p->old, false);
	if (err) {
		BG_CLEANUP(bg_freep) char *left = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_ROLLBACK, w->at, "not all of the change could be undone: %s", left);
	} else {
		bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_ROLLBACK, w->at, "'%s' is as it was before", w->interface);
	}
	return BG_EXIT_ROLLBACK;
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

	bg_change_begin();
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
	if (err)
		return err;
	err = read_back(p);
	if (err) {
		*ret_step = bg_strdup("see the attached programs on the hook");
		return err;
	}
	err = bg_generation_commit(p->g, p->old);
	if (err)
		*ret_step = bg_strdup("make the change true");
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

static enum bg_exit change(struct bg_plan *p, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *step = NULL;
	int err;

	if (p->old && p->old->broken) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_STATE, p->chain.what->at,
			"the record of '%s' cannot be read, so it cannot be replaced: "
			"detach it first",
			p->g->datapath);
		return BG_EXIT_NO;
	}
	if (p->old && p->old->backend != p->g->backend)
		p->in_place = false;
	err = attach(p, &step);
	return err ? roll_back(p, step ? step : "attach the chain", err, ds) : BG_EXIT_OK;
}

enum bg_exit bg_compose_apply(const struct bg_compose_job *job, struct bg_diags *ds, json_t **ret_state)
{
	BG_CLEANUP(bg_state_unlock) int lock = -1;
	struct bg_plan p = { .home = -1 };
	json_t *plan = NULL;
	enum bg_exit rc;

	if (bg_load_allowed(ds))
		return BG_EXIT_ENV;
	rc = bg_plan_target(&p, job, true, ds);
	if (!rc && bg_state_lock(ds, &lock))
		rc = BG_EXIT_ENV;
	if (!rc)
		rc = repair_first(&p.target, job->what->name, ds);
	if (!rc)
		rc = bg_plan_make(&p, ds);
	if (!rc && !p.unchanged) {
		rc = bg_plan_write(&p, ds, &plan) ? BG_EXIT_ENV : change(&p, ds);
		json_decref(plan);
		if (!rc)
			remove_old(&p, ds);
	}
	if (!rc) {
		*ret_state = state_json(&p, ds);
	}
	bg_plan_done(&p);
	return rc;
}
