/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Private to emit*.c: handing a written object over to what will load it. */
#ifndef BG_EMIT_H
#define BG_EMIT_H

#include "compose/export.h"

struct bg_emission {
	const struct bg_chain *chain;
	struct bg_export *export;
	struct bpf_object *obj; /* the written object, opened */
	const char *path;	/* its path, */
	const char *name;	/* and the function that it is, or that its pieces begin with */
	struct bg_diags *ds;
};

/* Writes a file of the job's folder, and remembers it. */
enum bg_exit bg_emit_file(struct bg_emission *em, const char *file, const void *data, size_t n);
enum bg_exit bg_emit_bpfman(struct bg_emission *em);
enum bg_exit bg_emit_l3af(struct bg_emission *em);

#endif
