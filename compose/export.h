/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A planned chain as files for others to load: NAME.bpf.o, and what hands it over to a fleet or a program. */
#ifndef BG_EXPORT_H
#define BG_EXPORT_H

#include "compose/chain.h"

struct bg_export {
	char *file;		/* NAME.bpf.o, when it was written; */
	char *why;		/* else why not; both NULL: it was not to be */
	struct bg_strv lacks;	/* what the spec says and no object can hold */
	struct bg_strv emitted; /* files beside it */
};

/*
 * Writes the chain, which is loaded, as an object into its job's folder. That it cannot be one is no error: e says why,
 * and so does a note. BG_EXIT_ENV when the file cannot be written.
 */
enum bg_exit bg_export_object(const struct bg_chain *c, const struct bg_generation *g, struct bg_export *e,
			      struct bg_diags *ds);
/* The program 'image' that the chain's members are joined to, as an object; own: a map of the chain's own, or NULL. 0
 * or -EINVAL with *ret_why. */
struct bg_object_own;
int bg_export_image(const struct bg_chain *c, const struct bg_image *image, const struct bg_object_own *own,
		    struct bg_str *ret, char **ret_why);

/*
 * Writes what the job wants emitted (enum bg_emit) beside the object, which was written. BG_EXIT_NO when the chain
 * cannot be handed over so, BG_EXIT_ENV when a tool or the file system fails.
 */
enum bg_exit bg_emit_all(const struct bg_chain *c, struct bg_export *e, struct bg_diags *ds);
json_t *bg_export_json(const struct bg_export *e);
void bg_export_done(struct bg_export *e);

#endif
