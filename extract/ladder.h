/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * When a unit's instructions are not those of upstream's whole file, is it still the same program? The optimiser sees a
 * smaller module: a static function whose other callers are gone gets specialised, a variable that nothing writes any
 * more becomes a constant. So the same is asked again where the surroundings do not matter.
 */
#ifndef BG_LADDER_H
#define BG_LADDER_H

#include "core/base.h"
#include "core/diag.h"

enum bg_level {
	BG_LEVEL_SAME,	 /* instructions and maps equal those of the whole upstream file */
	BG_LEVEL_PINNED, /* they do in the same surroundings: upstream's order of functions, a definition from elsewhere
			  */
	BG_LEVEL_REDUCED, /* they do once both modules are reduced to the entry and what it reaches, before optimising
			   */
	BG_LEVEL_IR,	  /* every function's unoptimised IR is equal: extraction is exact, optimisation differs */
	BG_LEVEL_DIFFERS,
};
extern const char *const bg_level_names[];

struct bg_ladder {
	const char *root, *main;     /* upstream: working folder and file */
	const struct bg_strv *flags; /* upstream's */
	const char *object;	     /* of upstream's whole file */
	const char *unit;	     /* path */
	const struct bg_strv *unit_flags;
	const char *entry;
	const char *visible; /* names, separated by commas, that the optimiser may not look into; NULL = the entry */
	const char *tmp;     /* a folder to work in */
};

/*
 * The best level below BG_LEVEL_SAME that holds. *ret_detail: what was compared, or what differs first; caller frees.
 * BG_LEVEL_DIFFERS, with the reason in *ret_detail, also when a tool (clang, opt) is missing.
 */
enum bg_level bg_ladder_climb(const struct bg_ladder *l, char **ret_detail);

#endif
