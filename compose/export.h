/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A planned chain as files for others to load: NAME.bpf.o. */
#ifndef BG_EXPORT_H
#define BG_EXPORT_H

#include "compose/chain.h"

struct bg_export {
	char *file;	      /* NAME.bpf.o, when it was written; */
	char *why;	      /* else why not; both NULL: it was not to be */
	struct bg_strv lacks; /* what the spec says and no object can hold */
};

/*
 * Writes the chain, which is loaded, as an object into its job's folder. That it cannot be one is no error: e says why,
 * and so does a note. BG_EXIT_ENV when the file cannot be written.
 */
enum bg_exit bg_export_object(const struct bg_chain *c, const struct bg_generation *g, struct bg_export *e,
			      struct bg_diags *ds);
json_t *bg_export_json(const struct bg_export *e);
void bg_export_done(struct bg_export *e);

#endif
