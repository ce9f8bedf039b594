/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where user space names the maps of a unit. A program's maps are often created, filled or read by a loader in the same
 * repository, and what the program does depends on it; that is worth a note, never a question.
 */
#ifndef BG_USERSPACE_H
#define BG_USERSPACE_H

#include <jansson.h>

#include "extract/closure.h"
#include "extract/repo.h"

/*
 * Looks through the repository's sources that are no part of the translation unit and no BPF programs (C, C++, Go,
 * Python, Rust), those nearest to the unit's file first: a map is named by "name", by "path/name" (a pin), or by
 * maps.name (a skeleton). Nothing of the repository is run. Notes into ds; returns [{map, places: [{file, line}],
 * more}] of all maps that were found.
 */
json_t *bg_userspace_maps(const struct bg_repo *repo, const struct bg_tu *f, const struct bg_closure *c,
			  struct bg_diags *ds);

#endif
