/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A chain from the spec, resolved: every member an object and a function of the right type, every verdict rule one that
 * the mechanism can keep. Nothing here changes the machine, and but for the mechanism's probe nothing asks the kernel.
 */
#ifndef BG_CHAIN_H
#define BG_CHAIN_H

#include <bpf/libbpf.h>

#include "compose/backend.h"
#include "compose/compose.h"

struct bg_member {
	const struct bg_spec_member *spec;
	const char *kind; /* "result", "object" or "source" */
	char *object, *program;
	enum bg_pass pass;	/* of a transform's result; else BG_PASS_DEFAULT: not known */
	const struct bg_hook *ported_to; /* of a transform's result: the hook that it was ported to; else NULL */
	uint32_t continue_on;	/* bits of the backend's verdicts */
	struct bpf_object *obj; /* when loaded */
	struct bpf_program *prog;
};

struct bg_chain {
	const struct bg_compose_job *job;
	const struct bg_spec_compose *what;
	const struct bg_hook *hook;
	const char *spec_path;
	BG_VEC(struct bg_member) members;
	const struct bg_backend *backend;
	char *why;     /* this backend */
	char *lacking; /* what the kernel lacks for it, NULL = nothing */
	bool probed;   /* false: this process may not find out */
};

/* Chooses the mechanism; the target's namespace was entered. Returns an outcome, with diagnostics. */
enum bg_exit bg_chain_choose(struct bg_chain *c, const struct bg_target *t, struct bg_diags *ds);
/* Finds the members' objects, compiling sources into the job's folder, and looks whether each is made for the hook. */
enum bg_exit bg_chain_resolve(struct bg_chain *c, struct bg_diags *ds);
/* Refuses verdict rules that the mechanism cannot keep; warns of members that may never run. 0 or -EINVAL. */
int bg_chain_verdicts(struct bg_chain *c, struct bg_diags *ds);
void bg_chain_done(struct bg_chain *c);

/*
 * Loads every member with its globals, shared and pinned maps; fills the maps that are new. Attaches and pins nothing.
 */
enum bg_exit bg_chain_load(struct bg_chain *c, struct bg_generation *g, struct bg_diags *ds);

#endif
