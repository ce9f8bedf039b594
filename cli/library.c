// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "cli/library.h"

#include "library/diag_ids.h"
#include "library/pipeline.h"

static bool configure(const struct bg_ctx *c, struct bpfgraft *b, const char *out)
{
	static const char *const verbosity[] = { "quiet", "progress", "debug", "trace" };
	enum bg_log_level level = bg_log_level();

	return !bpfgraft_set(b, "output", out) && !bpfgraft_set(b, "offline", c->global.offline ? "yes" : "no") &&
	       !bpfgraft_set(b, "locked", c->global.locked ? "yes" : "no") && !bpfgraft_set(b, "log", "2") &&
	       !bpfgraft_set(b, "verbosity", verbosity[level == BG_LOG_INFO && c->global.json ? BG_LOG_QUIET : level]);
}

enum bg_exit bg_library_start(struct bg_ctx *c, const char *spec, const char *out, struct bg_library *l)
{
	BG_CLEANUP(bg_freep) char *own = spec && !out ? bg_out_dir(spec) : NULL;

	if (spec && !*spec)
		return bg_usage_error(c, "the name of the spec is empty");
	if (out && !*out)
		return bg_usage_error(c, "the name of the output folder is empty");
	l->b = bpfgraft_new();
	l->spec = spec ? bpfgraft_spec_from_file(spec) : NULL;
	if (!l->b || (spec && !l->spec) || !configure(c, l->b, out ? out : own))
		bg_oom();
	return BG_EXIT_OK;
}

void bg_library_done(struct bg_library *l)
{
	bpfgraft_result_free(l->r);
	bpfgraft_spec_free(l->spec);
	bpfgraft_free(l->b);
}

enum bg_exit bg_library_answer(struct bg_ctx *c, int outcome, struct bpfgraft_result *const *r)
{
	BG_CLEANUP(bg_freep) char *why = NULL;
	json_t *doc;

	if (outcome < 0) {
		why = bg_errno_text(outcome);
		bg_diag(c->ds, BG_ERROR, BG_ID_LIBRARY, BG_NOWHERE, "the work could not be done: %s", why);
		return BG_EXIT_ENV;
	}
	doc = json_loads(bpfgraft_result_json(*r), 0, NULL);
	bg_diags_add_json(c->ds, json_object_get(doc, "diagnostics"));
	json_object_del(doc, "schema");
	json_object_del(doc, "exit");
	json_object_del(doc, "diagnostics");
	json_object_update(c->doc, doc);
	json_decref(doc);
	return (enum bg_exit)outcome;
}
