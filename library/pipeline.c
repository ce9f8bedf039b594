// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Owns the order of the stages, the layout of the output folder (docs/cli.md, "Output"), and what is handed from stage
 * to stage. It refuses to hide a failure: an item whose input failed is skipped by name, and a port that is not shown
 * to be equal is not attached.
 */
#include "library/pipeline.h"

#include <unistd.h>

#include "compose/compose.h"
#include "core/compile.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"
#include "core/proc.h"
#include "extract/query.h"
#include "library/diag_ids.h"
#include "library/results.h"
#include "transform/locked.h"
#include "transform/machine.h"

struct unit {
	bool wanted, usable;
	bool alone;                     /* verified without a port */
	struct bg_extract_result r;
};

struct port {
	bool wanted, skipped, usable, unequal;
	enum bg_pass pass;
	const char *source, *entry;     /* what it is made from */
	char *original;                 /* object of the source */
	struct bg_strv cflags;
	const struct bg_hook *from, *to;
	struct bg_transform_result r;
};

struct run {
	const struct bg_spec *spec;
	const struct bg_pipeline_job *job;
	char *out, *index;
	struct unit *units;             /* parallel to spec->extracts */
	struct port *ports;             /* parallel to spec->transforms */
	size_t done, total;             /* items, for the progress line */
	enum bg_exit worst;
};

static struct bg_loc place(const struct run *r, struct bg_loc at)
{
	return at.path ? at : BG_AT(r->spec->path, at.line, at.col);
}

/* One item is done: its exit code counts and its diagnostics are shown. */
static void finish(struct run *r, enum bg_exit code)
{
	r->worst = bg_exit_worst(r->worst, code);
	r->done++;
	if (r->job->item_done)
		r->job->item_done(r->job->arg);
}

static bool made(enum bg_exit code)
{
	return code == BG_EXIT_OK || code == BG_EXIT_ENV;
}

static void skip(struct run *r, const char *array, const char *name, const char *input, struct bg_loc at)
{
	bg_diag(r->job->ds, BG_NOTE, BG_ID_SKIPPED, place(r, at), "skipped %s of '%s', because '%s' failed", array,
		name, input);
	bg_results_skipped(r->job->doc, array, name);
	r->done++;
}

/* The folder OUT/STAGE/NAME, made when missing; NULL with a diagnostic. Caller frees. */
static char *item_dir(struct run *r, const char *stage, const char *name, struct bg_loc at)
{
	BG_CLEANUP(bg_freep) char *dir = bg_printf("%s/%s/%s", r->out, stage, name), *why = NULL;
	int err;

	if (!bg_safe_name(name)) {
		bg_diag(r->job->ds, BG_ERROR, BG_ID_SPEC_VALUE, place(r, at), "'%s' cannot be the name of a folder",
			name);
		return NULL;
	}
	err = bg_mkdirs(dir);
	if (!err)
		return BG_TAKE(dir);
	why = bg_errno_text(err);
	bg_diag(r->job->ds, BG_ERROR, BG_ID_FILE, BG_AT(dir, 0, 0), "cannot make the output folder: %s", why);
	return NULL;
}

/* What an item's folder holds; what begins with '.' follows the item's name. */
static const char *const extract_files[] = { ".bpf.c",	       ".bpf.o",       ".harness.bpf.c",
					     ".harness.bpf.o", "extract.json", "functions.json",
					     "maps.json",      "pieces.json",  "verify.json",  NULL };
static const char *const transform_files[] = { ".bpf.c", ".bpf.o", ".diff", "transform.json", "verify.json", NULL };
static const char *const compose_files[] = { "plan.json",   ".bpf.o",	 ".skel.h",	"Containerfile",
					     "bpfman.yaml", "l3af.json", "l3af.tar.gz", NULL };

/* Takes away what an earlier run made here under these names, so that what stands in the folder is of this run. */
static void forget(struct run *r, const char *dir, const char *name, const char *const *files)
{
	for (; *files; files++) {
		BG_CLEANUP(bg_freep) char *path = bg_printf("%s/%s%s", dir, **files == '.' ? name : "", *files);
		BG_CLEANUP(bg_freep) char *why = NULL;

		if (unlink(path) == 0 || errno == ENOENT)
			continue;
		why = bg_errno_text(errno);
		bg_diag(r->job->ds, BG_WARNING, BG_ID_FILE, BG_AT(path, 0, 0),
			"cannot remove what an earlier run left: %s, ignoring", why);
	}
}

static size_t extract_index(const struct bg_spec *s, const char *name)
{
	size_t i = 0;

	while (i < s->extracts.n && !bg_streq(s->extracts.v[i].name, name))
		i++;
	return i;
}

/* Whether a chain's member is a result of stage 1 or 2 rather than the user's own. */
static bool is_result(const struct bg_spec_member *m)
{
	return !m->object && !m->source;
}

static bool listed(const struct run *r, const char *name)
{
	return !r->job->only || bg_strv_has(r->job->only, name);
}

static bool transform_wanted(const struct run *r, const struct bg_spec_transform *t)
{
	bool last;

	if (!(r->job->steps & BG_STEP_TRANSFORM) || r->job->goal == BG_GOAL_EXTRACT)
		return false;
	if (r->job->goal == BG_GOAL_COMPOSE)
		return bg_spec_chain_of(r->spec, t->name, &last) != NULL;
	return listed(r, t->name) && (!r->job->name || bg_streq(t->name, r->job->name));
}

/* Whether an extract is verified without a port: it has none, or it was named. */
static bool alone_wanted(const struct run *r, const struct bg_spec_extract *e)
{
	if (!r->job->alone || !(r->job->steps & BG_STEP_VERIFY) || !listed(r, e->name))
		return false;
	if (r->job->name)
		return bg_streq(r->job->name, e->name);
	for (size_t i = 0; i < r->spec->transforms.n; i++)
		if (bg_streq(r->spec->transforms.v[i].unit, e->name))
			return false;
	return true;
}

static bool extract_wanted(const struct run *r, const struct bg_spec_extract *e)
{
	bool last;

	if (alone_wanted(r, e))
		return true;
	if (r->job->goal == BG_GOAL_ALL)
		return listed(r, e->name);
	if (r->job->goal == BG_GOAL_EXTRACT)
		return !r->job->name || bg_streq(e->name, r->job->name);
	for (size_t i = 0; i < r->spec->transforms.n; i++)
		if (r->ports[i].wanted && bg_streq(r->spec->transforms.v[i].unit, e->name))
			return true;
	return r->job->goal == BG_GOAL_COMPOSE && bg_spec_chain_of(r->spec, e->name, &last);
}

static void select_items(struct run *r)
{
	for (size_t i = 0; i < r->spec->transforms.n; i++) {
		r->ports[i].wanted = transform_wanted(r, &r->spec->transforms.v[i]);
		r->total += r->ports[i].wanted * (r->job->steps & BG_STEP_VERIFY ? 2 : 1);
	}
	for (size_t i = 0; i < r->spec->extracts.n; i++) {
		r->units[i].wanted = extract_wanted(r, &r->spec->extracts.v[i]);
		r->units[i].alone = alone_wanted(r, &r->spec->extracts.v[i]);
		r->total += r->units[i].wanted + r->units[i].alone;
	}
	for (size_t i = 0; r->job->steps & (BG_STEP_PLAN | BG_STEP_APPLY) && i < r->spec->composes.n; i++)
		r->total += listed(r, r->spec->composes.v[i].name);
}

/* Whether a lock allows what was extracted. A unit that was changed on request is not what was locked. */
static bool holds(struct run *r, const struct bg_spec_extract *e, const json_t *report)
{
	bool strict = r->job->locked;

	if (!r->job->lock || !report || r->job->prove_minimal || r->job->exact)
		return true;
	return bg_lock_holds(r->job->lock, r->spec, e, report, strict, r->job->ds) || !strict;
}

static void extract_one(struct run *r, size_t i)
{
	const struct bg_spec_extract *e = &r->spec->extracts.v[i];
	BG_CLEANUP(bg_freep) char *dir = item_dir(r, "extract", e->name, e->at);
	struct unit *u = &r->units[i];
	struct bg_extract_job job = {
		.repo = bg_spec_repo(r->spec, e->from),
		.what = e,
		.dir = dir,
		.basename = e->name,
		.verify = !r->job->no_compare,
		.prove_minimal = r->job->prove_minimal,
		.exact = r->job->exact,
		.offline = r->job->offline,
		.index_path = r->index,
	};
	enum bg_exit code = dir ? BG_EXIT_OK : BG_EXIT_ENV;

	bg_progress("[%zu/%zu] extract %s", r->done + 1, r->total, e->name);
	if (dir) {
		forget(r, dir, e->name, extract_files);
		code = bg_extract_run(&job, r->job->ds, &u->r);
	}
	if (!holds(r, e, u->r.report))
		code = bg_exit_worst(code, BG_EXIT_NO);
	u->usable = made(code) && u->r.source && u->r.object;
	bg_results_extract(r->job->doc, e->name, code, &u->r);
	finish(r, code);
}

/* Where "let it pass" leads: what the spec says, else on to the next member of the chain, else out of it. */
static enum bg_pass resolve_pass(const struct run *r, const struct bg_spec_transform *t)
{
	bool last = true;

	if (t->pass != BG_PASS_DEFAULT)
		return t->pass;
	return bg_spec_chain_of(r->spec, t->name, &last) && !last ? BG_PASS_CONTINUE : BG_PASS_ACCEPT;
}

/* Fills in what the port is made from: an extract's result or the user's own file. false: its input failed. */
static bool find_input(struct run *r, const struct bg_spec_transform *t, struct port *p)
{
	if (t->source) {
		p->source = t->source;
		p->entry = t->entry;
	} else {
		struct unit *u = &r->units[extract_index(r->spec, t->unit)];

		if (!u->usable)
			return false;
		p->source = u->r.source;
		p->original = bg_strdup(u->r.object);
		p->entry = t->entry ? t->entry : u->r.entry;
		p->from = u->r.hook;
		bg_strv_extend(&p->cflags, &u->r.cflags);
	}
	bg_strv_extend(&p->cflags, &t->cflags);
	return true;
}

/* Stage 2 writes OUT.json beside OUT.bpf.c; in a spec's output folder a report has the name of its stage. */
static enum bg_exit name_report(struct run *r, const char *dir, const char *name)
{
	BG_CLEANUP(bg_freep) char *from = bg_printf("%s/%s.json", dir, name), *to = bg_printf("%s/transform.json", dir);
	BG_CLEANUP(bg_freep) char *why = NULL;

	if (rename(from, to) == 0)
		return BG_EXIT_OK;
	why = bg_errno_text(errno);
	bg_diag(r->job->ds, BG_ERROR, BG_ID_FILE, BG_AT(from, 0, 0), "cannot rename to 'transform.json': %s", why);
	return BG_EXIT_ENV;
}

static enum bg_exit run_transform(struct run *r, const struct bg_spec_transform *t, struct port *p, const char *dir)
{
	BG_CLEANUP(bg_freep) char *out = bg_printf("%s/%s.bpf.c", dir, t->name);
	struct bg_transform_job job = {
		.source = p->source, .entry = p->entry, .pass = p->pass, .cflags = &p->cflags, .accept = &t->accept,
		.out = out, .load = true,
	};
	enum bg_exit code;

	if (t->from_hook) {
		p->from = bg_hook_by_name(t->from_hook, r->job->ds);
		if (!p->from)
			return BG_EXIT_USAGE;
	}
	p->to = bg_hook_by_name(t->to, r->job->ds);
	if (!p->to)
		return BG_EXIT_USAGE;
	job.from = p->from;
	job.to = p->to;
	code = bg_transform_run(&job, r->job->ds, &p->r);
	return p->r.source ? bg_exit_worst(code, name_report(r, dir, t->name)) : code;
}

static void transform_one(struct run *r, size_t i)
{
	const struct bg_spec_transform *t = &r->spec->transforms.v[i];
	BG_CLEANUP(bg_freep) char *dir = item_dir(r, "transform", t->name, t->at);
	struct port *p = &r->ports[i];
	enum bg_exit code = BG_EXIT_ENV;

	if (dir)
		forget(r, dir, t->name, transform_files);
	if (dir && !find_input(r, t, p)) {
		p->skipped = true;
		skip(r, "transform", t->name, t->unit, t->at);
		return;
	}
	bg_progress("[%zu/%zu] transform %s", r->done + 1, r->total, t->name);
	p->pass = resolve_pass(r, t);
	if (dir)
		code = run_transform(r, t, p, dir);
	p->usable = made(code) && p->r.source && p->r.object;
	bg_results_transform(r->job->doc, t->name, t->unit, code, &p->r);
	finish(r, code);
}

/* The user's own source was never compiled by stage 1. */
static enum bg_exit compile_original(struct run *r, const struct bg_spec_transform *t, struct port *p, const char *dir)
{
	BG_CLEANUP(bg_freep) char *object = bg_printf("%s/%s.original.bpf.o", dir, t->name);
	int err = bg_compile(p->source, NULL, &p->cflags, object, BG_ID_TOOL_FAILED, r->job->ds);

	if (err)
		return err == -EINVAL ? BG_EXIT_UPSTREAM : BG_EXIT_ENV;
	p->original = BG_TAKE(object);
	return BG_EXIT_OK;
}

/* Paths of a spec are relative to it. */
static void add_kernels(const struct run *r, const struct bg_strv *from, struct bg_strv *to)
{
	BG_CLEANUP(bg_freep) char *folder = bg_dirname(r->spec->path);

	for (size_t i = 0; i < from->n; i++) {
		BG_CLEANUP(bg_freep) char *path = bg_machine_is_path(from->v[i]) ? bg_join(folder, from->v[i]) : NULL;

		bg_strv_add(to, path ? path : from->v[i]);
	}
}

/*
 * The lock's figures are those of an extract at its own hook; a port made from another function of it, or as of another
 * hook, is not compared with them. New reference.
 */
static json_t *locked_figures(const struct run *r, const char *unit, const struct bg_verify_job *job)
{
	const struct bg_extract_result *u = unit ? &r->units[extract_index(r->spec, unit)].r : NULL;
	json_t *locked = u && r->job->lock && job->hook_a == u->hook ? bg_lock_extract(r->job->lock, unit) : NULL;
	json_t *figures = json_object_get(locked, "figures");

	if (!bg_streq(json_string_value(json_object_get(locked, "entry")), job->entry_a))
		figures = NULL;
	json_incref(figures);
	json_decref(locked);
	return figures;
}

static enum bg_exit compare(struct run *r, const char *unit, struct bg_loc at, struct bg_verify_job *job,
			    struct bg_verify_result *ret)
{
	json_t *figures = locked_figures(r, unit, job);
	BG_CLEANUP(bg_freep) char *clang = figures ? bg_proc_version(bg_clang()) : NULL;
	struct bg_locked locked = { .name = unit, .figures = figures, .clang_here = clang, .at = place(r, at) };
	enum bg_exit code;

	if (figures) {
		locked.kernel = bg_lock_tool(r->job->lock, "kernel");
		locked.clang = bg_lock_tool(r->job->lock, "clang");
		job->locked = &locked;
	}
	code = bg_verify_run(job, r->job->ds, ret);
	json_decref(figures);
	return code;
}

static enum bg_exit write_verified(struct run *r, const char *dir, const struct bg_verify_result *v, enum bg_exit code)
{
	BG_CLEANUP(bg_freep) char *path = bg_printf("%s/verify.json", dir);

	if (!v->report || !bg_write_json(path, v->report))
		return code;
	bg_diag(r->job->ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the report");
	return bg_exit_worst(code, BG_EXIT_ENV);
}

static enum bg_exit run_verify(struct run *r, const struct bg_spec_transform *t, struct port *p, const char *dir,
			       struct bg_verify_result *ret)
{
	const char *from = json_string_value(json_object_get(p->r.report, "from"));
	struct bg_verify_job job = {
		.object_b = p->r.object,
		.entry_a = p->entry ? p->entry : p->r.entry,
		.entry_b = p->r.entry,
		.hook_b = p->to,
		.pass = p->pass,
		.what = &t->verify,
		.spec_path = r->spec->path,
		.log_dir = dir,
		.wire = r->job->wire,
	};
	struct bg_strv kernels = { 0 };
	enum bg_exit code;

	job.hook_a = p->from ? p->from : from ? bg_hook_by_name(from, r->job->ds) : NULL;
	code = p->original ? BG_EXIT_OK : compile_original(r, t, p, dir);
	if (code != BG_EXIT_OK)
		return code;
	job.object_a = p->original;
	add_kernels(r, &t->verify.kernels, &kernels);
	if (r->job->kernels)
		bg_strv_extend(&kernels, r->job->kernels);
	job.kernels = &kernels;
	code = compare(r, t->unit, t->at, &job, ret);
	bg_strv_done(&kernels);
	return write_verified(r, dir, ret, code);
}

static void verify_one(struct run *r, size_t i)
{
	const struct bg_spec_transform *t = &r->spec->transforms.v[i];
	struct bg_verify_result result = { 0 };
	struct port *p = &r->ports[i];
	BG_CLEANUP(bg_freep) char *dir = NULL;
	enum bg_exit code;

	if (!p->usable) {
		if (!p->skipped)
			skip(r, "verify", t->name, t->name, t->at);
		else
			bg_results_skipped(r->job->doc, "verify", t->name);
		return;
	}
	bg_progress("[%zu/%zu] verify %s", r->done + 1, r->total, t->name);
	dir = bg_dirname(p->r.object);
	code = run_verify(r, t, p, dir, &result);
	p->unequal = !made(code);
	bg_results_verify(r->job->doc, t->name, code, &result);
	bg_verify_result_done(&result);
	finish(r, code);
}

/*
 * What of a unit can be loaded by itself: the unit, when it is a program, else its harness (docs/extract.md). False: no
 * such thing was made. Caller frees *ret_object.
 */
static bool find_alone(const struct unit *u, const char *dir, const char *name, struct bg_verify_job *ret,
		       char **ret_object, struct bg_diags *ds)
{
	const json_t *harness = json_object_get(u->r.report, "harness");
	const char *hook = json_string_value(json_object_get(harness, "hook"));

	if (json_is_object(harness)) {
		ret->entry_a = json_string_value(json_object_get(harness, "entry"));
		ret->hook_a = hook ? bg_hook_by_name(hook, ds) : NULL;
		*ret_object = bg_printf("%s/%s.harness.bpf.o", dir, name);
		return bg_exists(*ret_object);
	}
	ret->entry_a = u->r.entry;
	ret->hook_a = u->r.hook;
	*ret_object = bg_strdup(u->r.object);
	return json_is_string(json_object_get(u->r.report, "section"));
}

/* Whether stage 1 has already said that the kernel does not load a unit, or its harness. */
static bool is_refused(const struct unit *u)
{
	bool by_harness;

	return json_is_false(bg_results_loads(u->r.report, &by_harness));
}

/* A unit that has no port. Only 'verify' asks whether it loads: a run has had the answer from stage 1. */
static void verify_alone(struct run *r, size_t i)
{
	const struct bg_spec_extract *e = &r->spec->extracts.v[i];
	BG_CLEANUP(bg_freep) char *dir = NULL, *object = NULL;
	struct bg_verify_job job = { .spec_path = r->spec->path, .kernels = r->job->kernels, .wire = r->job->wire };
	struct bg_verify_result result = { 0 };
	struct unit *u = &r->units[i];
	enum bg_exit code;

	if (!u->usable) {
		skip(r, "verify", e->name, e->name, e->at);
		return;
	}
	if (r->job->goal == BG_GOAL_ALL && is_refused(u)) {
		bg_results_not_verified(r->job->doc, e->name, "the kernel does not load it");
		r->done++;
		return;
	}
	dir = bg_dirname(u->r.object);
	if (!find_alone(u, dir, e->name, &job, &object, r->job->ds)) {
		bg_diag(r->job->ds, BG_NOTE, BG_ID_NOT_ALONE, place(r, e->at),
			"'%s' cannot be loaded alone: '%s' is no program, and no harness that calls it could be made",
			e->name, u->r.entry);
		bg_results_not_verified(r->job->doc, e->name, "it is no program, and no harness calls it");
		r->done++;
		return;
	}
	bg_progress("[%zu/%zu] verify %s", r->done + 1, r->total, e->name);
	job.object_a = object;
	job.log_dir = dir;
	code = compare(r, e->name, e->at, &job, &result);
	/* an object of our own making that libbpf does not open: that is no mistake of the user's */
	if (code == BG_EXIT_USAGE)
		code = BG_EXIT_NO;
	code = write_verified(r, dir, &result, code);
	bg_results_verify(r->job->doc, e->name, code, &result);
	bg_verify_result_done(&result);
	finish(r, code);
}

struct artifacts {
	struct bg_artifact *v;
	size_t n, cap;
};

static bool has_artifact(const struct artifacts *a, const char *name)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i].name, name) == 0)
			return true;
	return false;
}

static void collect(const struct run *r, struct artifacts *a)
{
	for (size_t i = 0; i < r->spec->extracts.n; i++) {
		const struct unit *u = &r->units[i];

		if (u->usable)
			bg_vec_push(a, (struct bg_artifact){ r->spec->extracts.v[i].name, u->r.object, u->r.entry,
							     u->r.hook, BG_PASS_DEFAULT });
	}
	for (size_t i = 0; i < r->spec->transforms.n; i++) {
		const struct port *p = &r->ports[i];

		if (p->usable && !p->unequal)
			bg_vec_push(a, (struct bg_artifact){ r->spec->transforms.v[i].name, p->r.object, p->r.entry,
							     p->to, p->pass });
	}
}

/* A compose of the spec on its way. */
struct item {
	const struct bg_spec_compose *what;
	char *dir;
	struct bg_strv members;
	struct bg_results_datapath d;
};

static struct bg_compose_job job_of(const struct run *r, const struct item *it, const struct artifacts *a)
{
	return (struct bg_compose_job){
		.spec = r->spec, .what = it->what, .artifacts = a->v, .n_artifacts = a->n, .dir = it->dir,
		.only_changed = r->job->only_changed, .object = !(r->job->steps & BG_STEP_APPLY),
		.emit = r->job->emit, .registry = r->job->registry, .measure = r->job->measure
	};
}

static enum bg_exit plan_items(const struct run *r, struct item *items, size_t n, const struct artifacts *a)
{
	enum bg_exit worst = BG_EXIT_OK;

	for (size_t i = 0; i < n; i++) {
		struct bg_compose_job job = job_of(r, &items[i], a);

		items[i].d.code = bg_compose_plan(&job, r->job->ds, &items[i].d.plan);
		worst = bg_exit_worst(worst, items[i].d.code);
	}
	return worst;
}

static void apply_items(const struct run *r, struct item *items, size_t n, const struct artifacts *a)
{
	struct bg_compose_job *jobs = bg_alloc(n * sizeof(*jobs));
	json_t **states = bg_alloc(n * sizeof(*states));
	enum bg_exit code;

	for (size_t i = 0; i < n; i++)
		jobs[i] = job_of(r, &items[i], a);
	code = bg_compose_apply_parts(jobs, n, r->job->ds, states);
	for (size_t i = 0; i < n; i++) {
		items[i].d.code = code;
		items[i].d.state = states[i];
		items[i].d.attached = code == BG_EXIT_OK;
	}
	free(states);
	free(jobs);
}

/* Attaching is refused without privilege, but the plan can still be had. */
static void run_compose(const struct run *r, struct item *items, size_t n, const struct artifacts *a)
{
	bool apply = r->job->steps & BG_STEP_APPLY;

	if ((!apply || bg_load_allowed(NULL)) && (!made(plan_items(r, items, n, a)) || !apply))
		return;
	apply_items(r, items, n, a);
}

/* A member that was to be made and was not; NULL: all are there. */
static const char *missing(const struct item *items, size_t n, const struct artifacts *a)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < items[i].what->chain.n; k++) {
			const struct bg_spec_member *m = &items[i].what->chain.v[k];

			if (is_result(m) && !has_artifact(a, m->run))
				return m->run;
		}
	return NULL;
}

/* All parts of a datapath, or none of them. */
static void compose_items(struct run *r, struct item *items, size_t n, const struct artifacts *a)
{
	const char *lacks = missing(items, n, a);
	bool ready = true;

	for (size_t i = 0; i < n; i++) {
		const struct bg_spec_compose *w = items[i].what;

		items[i].dir = item_dir(r, "compose", w->name, w->at);
		ready &= items[i].dir != NULL;
		if (items[i].dir)
			forget(r, items[i].dir, w->name, compose_files);
		if (lacks)
			skip(r, "compose", w->name, lacks, w->at);
		for (size_t k = 0; k < w->chain.n; k++)
			bg_strv_add(&items[i].members, w->chain.v[k].run);
		items[i].d = (struct bg_results_datapath){ .name = w->name,
							   .code = BG_EXIT_ENV,
							   .members = &items[i].members };
	}
	if (!lacks)
		bg_progress("[%zu/%zu] compose %s", r->done + 1, r->total, items[0].what->name);
	if (!lacks && ready)
		run_compose(r, items, n, a);
	for (size_t i = 0; i < n; i++) {
		if (!lacks) {
			bg_results_compose(r->job->doc, &items[i].d);
			finish(r, items[i].d.code);
		}
		bg_strv_done(&items[i].members);
		free(items[i].dir);
	}
}

/* Whether w is a part of the datapath that begins with another one of the spec, which is wanted, too. */
static const struct bg_spec_compose *head_of(const struct run *r, const struct bg_spec_compose *w)
{
	for (size_t i = 0; w->follows && i < r->spec->composes.n; i++) {
		const struct bg_spec_compose *o = &r->spec->composes.v[i];

		if (!o->follows && bg_streq(o->name, w->follows) && listed(r, o->name))
			return o;
	}
	return NULL;
}

static void compose_all(struct run *r, const struct artifacts *a)
{
	const struct bg_spec *s = r->spec;
	struct item *items = bg_alloc((s->composes.n + 1) * sizeof(*items));

	for (size_t i = 0; i < s->composes.n; i++) {
		const struct bg_spec_compose *w = &s->composes.v[i];
		size_t n = 0;

		if (!listed(r, w->name) || head_of(r, w))
			continue;
		memset(items, 0, s->composes.n * sizeof(*items));
		items[n++].what = w;
		for (size_t k = 0; k < s->composes.n; k++)
			if (listed(r, s->composes.v[k].name) && head_of(r, &s->composes.v[k]) == w)
				items[n++].what = &s->composes.v[k];
		compose_items(r, items, n, a);
	}
	free(items);
}

static void run_steps(struct run *r)
{
	const struct bg_spec *s = r->spec;
	struct artifacts a = { 0 };

	for (size_t i = 0; i < s->extracts.n; i++)
		if (r->units[i].wanted)
			extract_one(r, i);
	for (size_t i = 0; i < s->transforms.n; i++) {
		if (!r->ports[i].wanted)
			continue;
		transform_one(r, i);
		if (r->job->steps & BG_STEP_VERIFY)
			verify_one(r, i);
	}
	for (size_t i = 0; i < s->extracts.n; i++)
		if (r->units[i].alone)
			verify_alone(r, i);
	if (!(r->job->steps & (BG_STEP_PLAN | BG_STEP_APPLY)))
		return;
	collect(r, &a);
	compose_all(r, &a);
	bg_vec_done(&a);
}

static void release(struct run *r)
{
	for (size_t i = 0; i < r->spec->extracts.n; i++)
		bg_extract_result_done(&r->units[i].r);
	for (size_t i = 0; i < r->spec->transforms.n; i++) {
		bg_transform_result_done(&r->ports[i].r);
		bg_strv_done(&r->ports[i].cflags);
		free(r->ports[i].original);
	}
	free(r->units);
	free(r->ports);
	free(r->out);
	free(r->index);
}

/* The output folder, made and writable, before any work is done for it. */
static bool out_ready(struct run *r)
{
	BG_CLEANUP(bg_freep) char *why = NULL;
	int err = bg_mkdirs(r->out);

	if (!err && access(r->out, W_OK | X_OK) < 0)
		err = -errno;
	if (!err)
		return true;
	why = bg_errno_text(err);
	bg_diag(r->job->ds, BG_ERROR, BG_ID_FILE, BG_AT(r->out, 0, 0), "cannot make the output folder: %s", why);
	return false;
}

/* A daemon may have no home, and so no cache: only what is extracted needs one. */
static bool index_ready(struct run *r)
{
	bool wanted = false;

	for (size_t i = 0; i < r->spec->extracts.n; i++)
		wanted |= r->units[i].wanted;
	if (wanted)
		r->index = r->job->index ? bg_strdup(r->job->index) : bg_index_path(r->spec, r->job->ds);
	return r->index || !wanted;
}

char *bg_out_dir(const char *spec_path)
{
	BG_CLEANUP(bg_freep) char *name = bg_spec_name(spec_path);

	return bg_printf("out/%s", name);
}

enum bg_exit bg_pipeline_run(const struct bg_pipeline_job *job)
{
	const struct bg_spec *s = job->spec;
	struct run r = { .spec = s, .job = job };

	r.out = job->out ? bg_strdup(job->out) : bg_out_dir(s->path);
	r.units = bg_alloc((s->extracts.n + 1) * sizeof(*r.units));
	r.ports = bg_alloc((s->transforms.n + 1) * sizeof(*r.ports));
	bg_results_init(job->doc, s->path, r.out);
	select_items(&r);
	if (out_ready(&r) && index_ready(&r))
		run_steps(&r);
	else
		r.worst = BG_EXIT_ENV;
	bg_results_summary(job->doc);
	bg_progress_clear();
	release(&r);
	return r.worst;
}
