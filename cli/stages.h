/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How a command runs the stages over its spec: library/pipeline.h, given what the command line said. */
#ifndef BG_STAGES_H
#define BG_STAGES_H

#include "cli/cmd.h"
#include "library/pipeline.h"

/*
 * Fills in what the context says (spec, lock, global options), runs the job, whose results go to c->doc, and shows the
 * diagnostics item by item. A name that the spec does not have is a usage error.
 */
enum bg_exit bg_stages(struct bg_ctx *c, struct bg_pipeline_job job);

#endif
