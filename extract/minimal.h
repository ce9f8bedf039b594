/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Is a unit minimal? Leaves out each of its pieces in turn, compiles what remains, and asks whether it is still the
 * same program. What can go goes, until nothing can. A piece without which the program is the same, but something else
 * is not, stays, and is listed with the reason.
 */
#ifndef BG_MINIMAL_H
#define BG_MINIMAL_H

#include <jansson.h>

#include "core/diag.h"
#include "extract/emit.h"

struct bg_minimal_job {
	const struct bg_tu *f;
	const struct bg_closure *c;
	struct bg_pieces *pieces;               /* of the unit; what can go becomes left_out */
	const struct bg_emit_head *head;
	const struct bg_strv *cflags;           /* of the unit */
	const char *entry;                      /* function */
	/* the function by whose code trials are judged: the entry, or its harness's */
	const char *judged;
	const char *harness;                    /* text behind the unit's in every trial, or NULL */
	uint32_t entry_item;
	const char *tmp;                        /* a folder to work in */
};

enum bg_minimality {
	BG_MINIMAL_UNPROVEN,    /* the trials could not be made or did not all end; nothing was left out */
	BG_MINIMAL_PROVEN,      /* no piece could go */
	BG_MINIMAL_PRUNED,      /* what could go was left out, and of the rest no piece can */
};

/*
 * *ret_report: {"tried", "pruned": [...], "kept": [{"symbol", "kind", "file", "line", "reason"}]}; new reference. Why a
 * result is BG_MINIMAL_UNPROVEN is in ds.
 */
enum bg_minimality bg_minimal_prove(const struct bg_minimal_job *job, struct bg_diags *ds, json_t **ret_report);

#endif
