// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The calls of the public library. Each is two functions: the public one, in the caller's process, which hands its
 * arguments to a child and takes a document back; and do_...(), in the child, which fills the document as the command
 * line shall show it.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compose/compose.h"
#include "core/fs.h"
#include "core/lock.h"
#include "library/bpfgraft.h"
#include "library/child.h"
#include "library/diag_ids.h"
#include "library/handle.h"
#include "library/pipeline.h"
#include "library/results.h"

#define MAX_ARGS 3

struct call {
	const char *name; /* of the command that prints the same document */
	enum bg_exit (*work)(struct call *c);
	const struct bpfgraft *b;
	const struct bpfgraft_spec *spec; /* or NULL */
	const char *args[MAX_ARGS];
	unsigned number;
	/* in the child */
	struct bg_diags *ds;
	json_t *doc;
};

/* --- in the child */

static enum bg_exit read_spec(struct call *c, bool with_lock, struct bg_spec **ret, struct bg_lock **ret_lock)
{
	const struct bpfgraft_spec *s = c->spec;
	int err = s->text ? bg_spec_parse(s->path, s->text, s->size, c->ds, ret) : bg_spec_load(s->path, c->ds, ret);
	enum bg_exit code = err ? BG_EXIT_USAGE : BG_EXIT_OK;

	if (!code && with_lock)
		code = bg_lock_take(*ret, c->b->locked, c->ds, ret_lock);
	if (code || (*ret)->composes.n)
		return code;
	bg_diag(c->ds, BG_ERROR, BG_ID_SPEC_NO_CHAIN, BG_AT((*ret)->path, 0, 0), "the spec has no 'compose' section");
	return BG_EXIT_USAGE;
}

static enum bg_exit run_stages(struct call *c, unsigned steps, bool only_changed)
{
	BG_CLEANUP(bg_tmpdir_done) struct bg_tmpdir tmp = { 0 };
	BG_CLEANUP(bg_spec_freep) struct bg_spec *spec = NULL;
	BG_CLEANUP(bg_lock_freep) struct bg_lock *lock = NULL;
	struct bg_pipeline_job job = { .steps = BG_STEP_EXTRACT | BG_STEP_TRANSFORM | steps,
				       .goal = BG_GOAL_COMPOSE,
				       .out = c->b->output,
				       .only_changed = only_changed,
				       .registry = c->b->registry,
				       .ds = c->ds,
				       .doc = c->doc,
				       .offline = c->b->offline,
				       .locked = c->b->locked };
	enum bg_exit code = read_spec(c, true, &spec, &lock);
	int err = code || job.out ? 0 : bg_tmpdir_make(&tmp);

	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(c->ds, BG_ERROR, BG_ID_FILE, BG_NOWHERE, "cannot make a temporary folder: %s", why);
		return BG_EXIT_ENV;
	}
	job.spec = spec;
	job.emit = steps & BG_STEP_PLAN ? c->b->emit : 0;
	job.lock = lock;
	job.out = job.out ? job.out : tmp.path;
	return code ? code : bg_pipeline_run(&job);
}

static enum bg_exit do_plan(struct call *c)
{
	return run_stages(c, BG_STEP_PLAN, false);
}

/* What is attached was verified: a port that is not equal to its original is not attached. */
static enum bg_exit do_apply(struct call *c)
{
	return run_stages(c, BG_STEP_VERIFY | BG_STEP_APPLY, false);
}

static enum bg_exit do_reload(struct call *c)
{
	return run_stages(c, BG_STEP_VERIFY | BG_STEP_APPLY, true);
}

/* part: of a datapath, which may have gone with another part; that it is not there is no mistake then. */
static enum bg_exit detach_one(struct call *c, const char *name, const char *interface, const char *netns, bool part)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	json_t *state = NULL;
	enum bg_exit code = bg_compose_detach(name, interface, netns, ds, &state);

	if (part && code == BG_EXIT_NO && json_array_size(state) == 0) {
		json_decref(state);
		return BG_EXIT_OK;
	}
	bg_diags_move(c->ds, ds);
	json_array_append_new(json_object_get(c->doc, "detached"),
			      json_pack("{s:o, s:o, s:o, s:i, s:o}", "datapath", bg_json_text(name), "interface",
					bg_json_text(interface), "netns", bg_json_text(netns), "exit", (int)code,
					"state", state ? state : json_null()));
	return code;
}

static enum bg_exit do_detach(struct call *c)
{
	BG_CLEANUP(bg_spec_freep) struct bg_spec *spec = NULL;
	enum bg_exit worst;

	json_object_set_new(c->doc, "detached", json_array());
	if (!c->spec)
		return detach_one(c, c->args[0], c->args[1], c->args[2], false);
	worst = read_spec(c, false, &spec, NULL);
	for (size_t i = 0; spec && !worst && i < spec->composes.n; i++) {
		const struct bg_spec_compose *d = &spec->composes.v[i];

		worst = bg_exit_worst(worst, detach_one(c, d->name, d->interface, d->netns, d->follows));
	}
	return worst;
}

static enum bg_exit do_status(struct call *c)
{
	json_t *rows = NULL;
	enum bg_exit code = bg_compose_status(c->args[0], c->args[1], c->ds, &rows);

	if (!code && c->number && bg_compose_stats(rows, c->number, c->ds))
		code = BG_EXIT_ENV;
	json_object_set_new(c->doc, "rows", rows ? rows : json_null());
	return code;
}

static enum bg_exit do_repair(struct call *c)
{
	json_t *repaired = NULL;
	enum bg_exit code = bg_compose_repair(c->ds, &repaired);

	json_object_set_new(c->doc, "repaired", repaired);
	return code;
}

static enum bg_exit do_config(struct call *c)
{
	json_t *rows = NULL;
	enum bg_exit code = bg_compose_config(c->args[0], c->args[1], c->ds, &rows);

	json_object_set_new(c->doc, "variables", rows);
	return code;
}

static void child(void *arg, int fd)
{
	struct call *c = arg;
	enum bg_exit code;
	json_t *doc;
	char *text;

	bg_log_setup(c->b->verbosity, c->b->log >= 0);
	c->ds = bg_diags_new();
	c->doc = json_object();
	code = c->work(c);
	bg_progress_clear();
	doc = bg_results_document(c->name, code, c->ds, c->doc);
	text = json_dumps(doc, JSON_COMPACT | JSON_PRESERVE_ORDER);
	if (!text)
		bg_oom();
	bg_child_send(fd, text, strlen(text));
	bg_child_send(fd, "\n", 1);
}

/* --- in the caller's process */

/* The outcome, or -errno. */
static int make(struct call *c, struct bpfgraft_result **ret)
{
	struct bpfgraft_result *r = NULL;
	struct bg_child kid;
	char *text = NULL;
	size_t size = 0;
	int err, status;

	if (!ret)
		return -EINVAL;
	*ret = NULL;
	if (!c->b)
		return -EINVAL;
	err = bg_child_start(&kid, c->b->log, child, c);
	if (err)
		return err;
	err = bg_child_read(&kid, &text, &size);
	status = bg_child_end(&kid, 0);
	if (!err && size && text[size - 1] == '\n') {
		err = bg_result_take(text, size, &r);
	} else if (!err) {
		free(text);
		err = bg_result_of_dead(c->name, status, &r);
	}
	*ret = r;
	return err ? err : bpfgraft_result_outcome(r);
}

static int make_of_spec(const char *name, enum bg_exit (*work)(struct call *c), const struct bpfgraft *b,
			const struct bpfgraft_spec *spec, struct bpfgraft_result **ret)
{
	struct call c = { .name = name, .work = work, .b = spec ? b : NULL, .spec = spec };

	return make(&c, ret);
}

int bpfgraft_plan(const struct bpfgraft *b, const struct bpfgraft_spec *spec, struct bpfgraft_result **ret)
{
	return make_of_spec("compose", do_plan, b, spec, ret);
}

int bpfgraft_apply(const struct bpfgraft *b, const struct bpfgraft_spec *spec, struct bpfgraft_result **ret)
{
	return make_of_spec("apply", do_apply, b, spec, ret);
}

int bpfgraft_reload(const struct bpfgraft *b, const struct bpfgraft_spec *spec, struct bpfgraft_result **ret)
{
	return make_of_spec("reload", do_reload, b, spec, ret);
}

int bpfgraft_detach_spec(const struct bpfgraft *b, const struct bpfgraft_spec *spec, struct bpfgraft_result **ret)
{
	return make_of_spec("detach", do_detach, b, spec, ret);
}

int bpfgraft_detach(const struct bpfgraft *b, const char *datapath, const char *interface, const char *netns,
		    struct bpfgraft_result **ret)
{
	struct call c = { .name = "detach", .work = do_detach, .b = b, .args = { datapath, interface, netns } };

	return make(&c, ret);
}

int bpfgraft_status(const struct bpfgraft *b, const char *interface, const char *netns, struct bpfgraft_result **ret)
{
	struct call c = { .name = "status", .work = do_status, .b = b, .args = { interface, netns } };

	return make(&c, ret);
}

int bpfgraft_stats(const struct bpfgraft *b, const char *interface, const char *netns, unsigned milliseconds,
		   struct bpfgraft_result **ret)
{
	struct call c = { .name = "status",
			  .work = do_status,
			  .b = milliseconds ? b : NULL,
			  .args = { interface, netns },
			  .number = milliseconds };

	return make(&c, ret);
}

int bpfgraft_repair(const struct bpfgraft *b, struct bpfgraft_result **ret)
{
	struct call c = { .name = "repair", .work = do_repair, .b = b };

	return make(&c, ret);
}

int bpfgraft_config_get(const struct bpfgraft *b, const char *name, struct bpfgraft_result **ret)
{
	struct call c = { .name = "config", .work = do_config, .b = b, .args = { name } };

	return make(&c, ret);
}

int bpfgraft_config_set(const struct bpfgraft *b, const char *name, const char *value, struct bpfgraft_result **ret)
{
	struct call c = { .name = "config", .work = do_config, .b = name && value ? b : NULL, .args = { name, value } };

	return make(&c, ret);
}
