/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Maps that upstream's loader completes before it loads: a size that depends on the machine, the inner map of a map of
 * maps. To see whether a program loads they are completed by what any loader could choose; the unit is left as it is.
 */
#ifndef BG_COMPLETE_H
#define BG_COMPLETE_H

#include <bpf/libbpf.h>

#include "core/diag.h"

struct bg_complete {
	const char *object;  /* the file */
	struct bg_strv what; /* the maps that were completed, each with what it was given: "'x' with 4 entries" */
	BG_VEC(int) fds;     /* of inner maps, which the load needs */
};

/* For bg_load_opts.prepare; arg: struct bg_complete. Never refuses: what cannot be completed fails to load. */
int bg_complete_maps(struct bpf_object *obj, void *arg, struct bg_diags *ds);
/* After the load. */
void bg_complete_done(struct bg_complete *c);

#endif
