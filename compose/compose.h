/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Stage 3: a chain of programs becomes one datapath on an interface: planned, attached atomically, shown, taken down
 * clean. This header is the stage's whole interface.
 */
#ifndef BG_COMPOSE_H
#define BG_COMPOSE_H

#include "core/base.h"
#include "core/diag.h"
#include "core/hook.h"
#include "core/spec.h"

/*
 * Where a member that is a result of stage 1 or 2 lies: filled by the caller (the command line), which ran the stages.
 */
struct bg_artifact {
	const char *name;    /* of the extract or transform */
	const char *object;  /* path */
	const char *program; /* function */
	const struct bg_hook *hook;
	enum bg_pass pass; /* of a transform: what its "pass" returns */
};

/* What a chain can be handed over as, beside its object. */
enum bg_emit {
	BG_EMIT_BPFMAN = 1,   /* Containerfile of a bytecode image, bpfman.yaml with a ClusterBpfApplication */
	BG_EMIT_L3AF = 2,     /* l3af.json, l3af.tar.gz */
	BG_EMIT_SKELETON = 4, /* NAME.skel.h */
};

struct bg_compose_job {
	const struct bg_spec *spec;
	const struct bg_spec_compose *what;
	const struct bg_artifact *artifacts;
	size_t n_artifacts;
	const char *dir; /* compose/NAME: plan.json and built objects */
	unsigned emit; /* plan, with object: enum bg_emit */
	const char *registry; /* emit: images are REGISTRY/NAME:latest; NULL: localhost */
	bool object; /* plan: NAME.bpf.o is written beside plan.json, for others to load */
	bool measure;	   /* plan: test runs of what it loads, for what a packet costs */
	bool only_changed; /* apply: a datapath that is attached as the spec says is left alone, with what its maps hold */
};

/*
 * Builds the members' sources, checks the chain (hooks, verdict traps, conflicts on the interface), writes plan.json;
 * changes nothing.
 */
enum bg_exit bg_compose_plan(const struct bg_compose_job *job, struct bg_diags *ds, json_t **ret_plan);
/*
 * Plans, then loads and attaches; replaces an earlier datapath of the same name. BG_EXIT_ROLLBACK: failed, all is as it
 * was.
 */
enum bg_exit bg_compose_apply(const struct bg_compose_job *job, struct bg_diags *ds, json_t **ret_state);
/*
 * The parts of one datapath ('follows'), in the order in which packets pass them: all are planned before the first is attached,
 * and when one cannot be, those before it are as they were. n states, all or none.
 */
enum bg_exit bg_compose_apply_parts(const struct bg_compose_job *jobs, size_t n, struct bg_diags *ds, json_t **ret_states);
/*
 * Takes down the datapath called name, with the parts that follow it, on interface (NULL name: every datapath of ours there; NULL interface: wherever
 * it is).
 */
enum bg_exit bg_compose_detach(const char *name, const char *interface, const char *netns, struct bg_diags *ds,
			       json_t **ret_state);
/*
 * Clears what interrupted changes left, and the records of datapaths whose interface or namespace is gone; what is sound stays.
 * [{datapath, interface, netns, hook, attach, leftover, members, maps_kept, what}], empty when there was nothing.
 */
enum bg_exit bg_compose_repair(struct bg_diags *ds, json_t **ret_repaired);
/*
 * Global variables of attached datapaths, all or those that name means ("datapath.member.variable", its end, or its beginning): [{name, bytes,
 * constant, value}]. With a value (as in a spec) the one that is meant is set first; BG_EXIT_NO when there is none or it is a constant,
 * BG_EXIT_USAGE when the name means several or the value does not fit.
 */
enum bg_exit bg_compose_config(const char *name, const char *value, struct bg_diags *ds, json_t **ret_rows);
/*
 * Adds to rows of bg_compose_status() what the kernel counted of their programs in the next milliseconds: runs, and ns a run
 * (null when it did not run). Counting costs every BPF program of the machine some ns a run, and ends with the call. 0, or -errno
 * with a diagnostic.
 */
int bg_compose_stats(json_t *rows, unsigned milliseconds, struct bg_diags *ds);
/*
 * What is attached: [{interface, netns, hook, order, priority, program, id, tag, mode, continue_on, owner, datapath, follows}],
 * foreign programs too (owner null). interface NULL = all of this network namespace and those of our datapaths.
 */
enum bg_exit bg_compose_status(const char *interface, const char *netns, struct bg_diags *ds, json_t **ret_rows);

#endif
