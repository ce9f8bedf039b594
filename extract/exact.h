/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which of upstream's other functions must a unit hold so that clang makes the same code of it as of the whole file?
 * The optimiser looks at the whole module: a static function with a second caller is not specialised, a variable that
 * some program writes is no constant, an earlier program changes the order in which functions are inlined. With
 * everything that upstream's object has as a root the modules are the same; the smallest set that suffices is looked
 * for by delta debugging (Zeller and Hildebrandt, 2002), each trial a compilation, on all processors.
 */
#ifndef BG_EXACT_H
#define BG_EXACT_H

#include <jansson.h>

#include "core/diag.h"
#include "extract/emit.h"

struct bg_exact_job {
	const struct bg_tu *f;
	const struct bg_f_decl *entry;
	const struct bg_emit_head *head;
	const struct bg_strv *cflags; /* of the unit */
	const char *judged;	      /* the function that is compared: the entry, or its harness's */
	const char *harness;	      /* text behind the unit's in every trial, or NULL */
	const char *upstream;	      /* the object to be equal to */
	const char *tmp;	      /* a folder to work in */
};

/*
 * Extends c, the closure of the entry, by the roots that restore identity; true when it did. False when the entry's own
 * closure is the same already, when no set of roots makes it so, or when the trials could not be made (a note says why,
 * but for the first). *ret_report: {"tried", "roots": [{"symbol", "kind", "file", "line", "section", "loaded",
 * "reason"}], "failure"}; new reference.
 */
bool bg_exact_restore(const struct bg_exact_job *job, struct bg_closure *c, struct bg_diags *ds, json_t **ret_report);

#endif
