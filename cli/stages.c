// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "cli/stages.h"

#include "cli/opt.h"

/* A name on the command line must be one of the spec's. */
static bool name_known(struct bg_ctx *c, const struct bg_pipeline_job *job)
{
	bool extracts = job->goal == BG_GOAL_EXTRACT || job->alone, transforms = job->goal != BG_GOAL_EXTRACT;
	const char *nearest = NULL;

	if (!job->name || (extracts && bg_spec_extract(c->spec, job->name)) ||
	    (transforms && bg_spec_transform(c->spec, job->name)))
		return true;
	if (transforms && c->spec->transforms.n)
		nearest = bg_opt_nearest(job->name, &c->spec->transforms.v[0].name, c->spec->transforms.n,
					 sizeof(c->spec->transforms.v[0]));
	if (!nearest && extracts && c->spec->extracts.n)
		nearest = bg_opt_nearest(job->name, &c->spec->extracts.v[0].name, c->spec->extracts.n,
					 sizeof(c->spec->extracts.v[0]));
	bg_usage_error(c, "'%s' has no %s%s%s '%s'%s%s%s", c->spec->path, extracts ? "extract" : "",
		       extracts && transforms ? " or " : "", transforms ? "transform" : "", job->name,
		       nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
	return false;
}

static void show(void *c)
{
	bg_ctx_flush(c);
}

enum bg_exit bg_stages(struct bg_ctx *c, struct bg_pipeline_job job)
{
	job.spec = c->spec;
	job.lock = c->lock;
	job.ds = c->ds;
	job.doc = c->doc;
	job.item_done = show;
	job.arg = c;
	job.offline = c->global.offline;
	job.locked = c->global.locked;
	return name_known(c, &job) ? bg_pipeline_run(&job) : BG_EXIT_USAGE;
}
