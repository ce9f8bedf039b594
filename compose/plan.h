/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What a change would do: everything that apply needs, found out without changing anything. */
#ifndef BG_PLAN_H
#define BG_PLAN_H

#include "compose/chain.h"
#include "compose/export.h"
#include "compose/rows.h"

struct bg_plan {
	struct bg_chain chain;
	struct bg_target target;
	int home;		    /* the network namespace to go back to, or -1 */
	struct bg_generations ours; /* all that bpfgraft has attached */
	struct bg_generation *old;  /* this datapath as it is now, borrowed from ours; or NULL */
	struct bg_generation *left; /* what an interrupted change of it left, borrowed; or NULL */
	struct bg_generation *g;    /* this datapath as it shall be */
	struct bg_rows others;	    /* on the hook and not this datapath's; */
	size_t before;		    /* how many of them run before it */
	struct bg_export object;    /* the chain as a file */
	bool others_known, loaded, in_place;
	bool unchanged; /* attached as the spec says, and the job wants changes only: nothing was loaded */
};

/* Enters the target's namespace and finds the interface; strict: that it is missing is an error. */
enum bg_exit bg_plan_target(struct bg_plan *p, const struct bg_compose_job *job, bool strict, struct bg_diags *ds);
/* All that can be found out; goes on after a mechanism that is lacking, so that the plan can be shown. */
enum bg_exit bg_plan_make(struct bg_plan *p, struct bg_diags *ds);
json_t *bg_plan_json(const struct bg_plan *p);
/* Makes the document and writes it to the job's folder. 0 or -errno with a diagnostic; *ret_doc is set in any case. */
int bg_plan_write(const struct bg_plan *p, struct bg_diags *ds, json_t **ret_doc);
void bg_plan_done(struct bg_plan *p); /* also goes back to the caller's namespace */

#endif
