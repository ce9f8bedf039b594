// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/plan.h"

#include "compose/diag_ids.h"
#include "core/fs.h"
#include "core/load.h"

enum bg_exit bg_plan_target(struct bg_plan *p, const struct bg_compose_job *job, bool strict, struct bg_diags *ds)
{
	const struct bg_spec_compose *w = job->what;

	p->home = -1;
	p->chain.job = job;
	p->chain.what = w;
	p->chain.spec_path = job->spec->path;
	p->chain.hook = bg_hook_by_name(w->hook, ds);
	if (!p->chain.hook)
		return BG_EXIT_USAGE;
	if (!bg_safe_name(w->name)) {
		bg_diag(ds, BG_ERROR, BG_ID_SPEC_VALUE, w->at, "'%s' is no name for a datapath", w->name);
		return BG_EXIT_USAGE;
	}
	p->target = (struct bg_target){ .netns = w->netns, .interface = w->interface, .hook = p->chain.hook };
	if (w->netns && !strict) {
		BG_CLEANUP(bg_freep) char *path = bg_printf("/run/netns/%s", w->netns);

		if (bg_safe_name(w->netns) && !bg_exists(path)) {
			bg_diag(ds, BG_WARNING, BG_ID_COMPOSE_NETNS, w->at, "there is no network namespace '%s' now",
				w->netns);
			return BG_EXIT_OK;
		}
	}
	if (w->netns && !strict && bg_load_allowed(NULL)) {
		bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_UNKNOWN, w->at, "network namespace '%s' can be entered by root only",
			w->netns);
		return BG_EXIT_OK;
	}
	if (bg_netns_enter(w->netns, w->at, ds, &p->home))
		return BG_EXIT_ENV;
	if (bg_target_resolve(&p->target) == 0)
		return BG_EXIT_OK;
	bg_diag(ds, strict ? BG_ERROR : BG_WARNING, BG_ID_COMPOSE_INTERFACE, w->at,
		"there is no interface '%s'%s%s%s now", w->interface, w->netns ? " in network namespace '" : "",
		w->netns ? w->netns : "", w->netns ? "'" : "");
	return strict ? BG_EXIT_ENV : BG_EXIT_OK;
}

/* This datapath's folders among all of ours. */
static void find_own(struct bg_plan *p)
{
	BG_CLEANUP(bg_freep) char *now = bg_generation_dir(&p->target, p->chain.what->name, false);
	BG_CLEANUP(bg_freep) char *work = bg_generation_dir(&p->target, p->chain.what->name, true);

	for (size_t i = 0; i < p->ours.n; i++) {
		if (strcmp(p->ours.v[i]->dir, now) == 0)
			p->old = p->ours.v[i];
		else if (strcmp(p->ours.v[i]->dir, work) == 0)
			p->left = p->ours.v[i];
	}
}

/* A datapath whose spec named another interface or hook before is still there, and nobody else will say so. */
static void warn_of_elsewhere(const struct bg_plan *p, struct bg_diags *ds)
{
	const struct bg_spec_compose *w = p->chain.what;

	for (size_t i = 0; i < p->ours.n; i++) {
		const struct bg_generation *g = p->ours.v[i];

		if (g->broken || g->work || g == p->old || strcmp(g->datapath, w->name) != 0)
			continue;
		bg_diag(ds, BG_WARNING, BG_ID_COMPOSE_ELSEWHERE, w->at,
			"a datapath '%s' is attached to '%s'%s%s at %s too, and stays there", w->name, g->interface,
			g->netns ? " in " : "", g->netns ? g->netns : "", g->target.hook->name);
	}
}

static bool own_row(const struct bg_plan *p, const struct bg_row *r)
{
	size_t part;
	const struct bg_generation *g = bg_row_owner(&p->target, r, &p->ours, &part);

	return g && (g == p->old || g == p->left);
}

static bool same_members(const struct bg_generation *a, const struct bg_generation *b)
{
	if (a->parts.n != b->parts.n)
		return false;
	if (a->parts.n == 1) /* one seat has no order that could change */
		return true;
	for (size_t i = 0; i < a->parts.n; i++)
		if (strcmp(a->parts.v[i].run, b->parts.v[i].run) != 0)
			return false;
	return true;
}

/* What is on the hook, and where the chain's programs would be among it. */
static enum bg_exit look_at_hook(struct bg_plan *p, struct bg_diags *ds)
{
	const struct bg_spec_compose *w = p->chain.what;
	BG_CLEANUP(bg_freep) char *why = NULL;
	struct bg_rows rows = { 0 };
	int err = bg_hook_list(&p->target, &rows);
	bool own_seen = false;

	for (size_t i = 0; i < rows.n; i++) {
		if (own_row(p, &rows.v[i])) {
			own_seen = true;
			continue;
		}
		bg_vec_push(&p->others, rows.v[i]);
		p->before += !own_seen;
	}
	p->others_known = !err;
	if (p->old && !p->old->broken)
		p->in_place = p->old->backend == p->g->backend && p->g->backend->can_replace &&
			      same_members(p->old, p->g) && bg_generation_alive(p->old, &rows);
	bg_vec_done(&rows);
	if (err == -EPERM) {
		bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_UNKNOWN, w->at, "what is attached to '%s' can be read by root only",
			w->interface);
		return BG_EXIT_OK;
	}
	if (!err)
		return BG_EXIT_OK;
	why = bg_errno_text(err);
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_UNKNOWN, w->at, "cannot read what is attached to '%s': %s", w->interface,
		why);
	return BG_EXIT_ENV;
}

static enum bg_exit place(struct bg_plan *p, struct bg_diags *ds)
{
	const struct bg_spec_compose *w = p->chain.what;
	const struct bg_generation *old = p->old && !p->old->broken ? p->old : NULL;

	if (p->others.n)
		bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_FOREIGN, w->at,
			"other programs on '%s' at %s stay: %zu before the chain, %zu behind it", w->interface, w->hook,
			p->before, p->others.n - p->before);
	if (old && old->backend != p->g->backend && strcmp(p->chain.hook->family, "xdp") == 0) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_OCCUPIED, w->at,
			"datapath '%s' is attached by %s and cannot be replaced by one "
			"attached by %s: detach it first",
			w->name, old->backend->name, p->g->backend->name);
		return BG_EXIT_NO;
	}
	if (old && p->in_place) {
		for (size_t i = 0; i < p->g->parts.n; i++) {
			p->g->parts.v[i].priority = old->parts.v[i].priority;
			p->g->parts.v[i].handle = old->parts.v[i].handle;
		}
		return BG_EXIT_OK;
	}
	if (old && old->backend != p->g->backend)
		old = NULL;
	return p->g->backend->place(p->g, old, &p->others, w->at, ds) ? BG_EXIT_NO : BG_EXIT_OK;
}

/* Members without a kernel to load them: what is known of them from their objects. */
static void add_unloaded(struct bg_plan *p)
{
	for (size_t i = 0; i < p->chain.members.n; i++) {
		const struct bg_member *m = &p->chain.members.v[i];

		bg_generation_add(p->g, m->spec->run, m->program ? m->program : "")->continue_on = m->continue_on;
	}
}

/* How many of the folders above path lie in the topmost one that was made for a pin. Both are plain absolute paths. */
static unsigned folders_within(const char *path, const struct bg_pin *was)
{
	size_t len = strlen(was->path);
	unsigned n = 0;

	for (unsigned i = 0; i < was->dirs; i++)
		do
			len -= len > 0;
		while (len > 0 && was->path[len] != '/');
	if (was->dirs == 0 || strncmp(path, was->path, len) != 0 || path[len] != '/')
		return 0;
	for (const char *s = path + len; *s; s++)
		n += *s == '/';
	return n;
}

/* Pins found because the datapath's own predecessor made them go on being its own, and so do the folders that it made.
 */
static void inherit_pins(struct bg_plan *p)
{
	for (size_t i = 0; p->old && i < p->g->pins.n; i++)
		for (size_t k = 0; k < p->old->pins.n; k++) {
			const struct bg_pin *was = &p->old->pins.v[k];
			struct bg_pin *now = &p->g->pins.v[i];
			unsigned dirs = folders_within(now->path, was);

			if (strcmp(was->path, now->path) == 0 && was->map_id == now->map_id && !now->made)
				now->made = was->made;
			if (now->made && was->made)
				now->dirs = dirs > now->dirs ? dirs : now->dirs;
		}
}

/* Whether this very chain is attached now, whole. */
static bool is_attached(const struct bg_plan *p)
{
	struct bg_rows rows = { 0 };
	bool alive;

	if (!p->old || p->old->broken || p->left || p->old->backend != p->g->backend || !p->g->digest ||
	    !bg_streq(p->old->digest, p->g->digest))
		return false;
	alive = bg_hook_list(&p->target, &rows) == 0 && bg_generation_alive(p->old, &rows);
	bg_vec_done(&rows);
	return alive;
}

enum bg_exit bg_plan_make(struct bg_plan *p, struct bg_diags *ds)
{
	struct bg_chain *c = &p->chain;
	enum bg_exit rc = bg_chain_choose(c, &p->target, ds), one;

	if (rc && rc != BG_EXIT_ENV)
		return rc;
	if (bg_mkdirs(c->job->dir)) {
		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(c->job->dir, 0, 0), "cannot make the folder");
		return BG_EXIT_ENV;
	}
	one = bg_chain_resolve(c, ds);
	if (!one && bg_chain_verdicts(c, ds))
		one = BG_EXIT_USAGE;
	if (one)
		return one;
	if (bg_generations_open(ds, &p->ours))
		return BG_EXIT_ENV;
	if (p->target.ifindex)
		find_own(p);
	warn_of_elsewhere(p, ds);
	p->g = bg_generation_new(c->what->name, &p->target, c->backend);
	p->g->spec = bg_strdup(c->spec_path);
	p->g->digest = bg_chain_digest(c);
	p->g->follows = bg_strdup(c->what->follows);
	p->unchanged = !rc && c->job->only_changed && is_attached(p);
	if (p->unchanged)
		return BG_EXIT_OK;
	if (bg_load_allowed(NULL) == 0) {
		one = bg_chain_load(c, p->g, ds);
		if (one)
			return one;
		p->loaded = true;
		inherit_pins(p);
	} else {
		add_unloaded(p);
	}
	if (rc || !p->target.ifindex)
		return rc;
	rc = look_at_hook(p, ds);
	return rc ? rc : place(p, ds);
}

void bg_plan_done(struct bg_plan *p)
{
	bg_generation_freep(&p->g);
	bg_generations_done(&p->ours);
	bg_vec_done(&p->others);
	bg_export_done(&p->object);
	bg_chain_done(&p->chain);
	bg_netns_leave(&p->home);
}

int bg_plan_write(const struct bg_plan *p, struct bg_diags *ds, json_t **ret_doc)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(p->chain.job->dir, "plan.json"), *why = NULL;
	int err;

	*ret_doc = bg_plan_json(p);
	err = bg_write_json(path, *ret_doc);
	if (err) {
		why = bg_errno_text(err);
		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the plan: %s", why);
	}
	return err;
}

enum bg_exit bg_compose_plan(const struct bg_compose_job *job, struct bg_diags *ds, json_t **ret_plan)
{
	struct bg_plan p = { .home = -1 };
	enum bg_exit rc = bg_plan_target(&p, job, false, ds);

	if (!rc)
		rc = bg_plan_make(&p, ds);
	if (p.loaded && job->object) {
		enum bg_exit one = bg_export_object(&p.chain, p.g, &p.object, ds);

		if (!one && job->emit)
			one = bg_emit_all(&p.chain, &p.object, ds);
		rc = rc ? rc : one;
	} else if (!rc && job->emit) {
		rc = bg_load_allowed(ds) ? BG_EXIT_ENV : BG_EXIT_BUG;
	}
	if (p.g && bg_plan_write(&p, ds, ret_plan))
		rc = rc ? rc : BG_EXIT_ENV;
	bg_plan_done(&p);
	return rc;
}
