/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The transformation's tables under rules/data: which helper each hook has, and what becomes of each construct. A new
 * pair of hooks is new lines there, not new code here.
 */
#ifndef BG_TRANSFORM_DATA_H
#define BG_TRANSFORM_DATA_H

#include "core/base.h"
#include "core/diag.h"

enum bg_action { BG_ACTION_SAME, BG_ACTION_REWRITE, BG_ACTION_ASK, BG_ACTION_WARN, BG_ACTION_NO };

struct bg_construct {
	char *from, *to, *kind, *name;
	enum bg_action action;
	char *target; /* or NULL */
	unsigned id;  /* of the question or reservation, 0 = none */
	char *text;   /* or NULL */
};

struct bg_helper {
	char *name;
	long id;
	bool xdp, tc;
};

struct bg_data {
	BG_VEC(struct bg_construct) constructs;
	BG_VEC(struct bg_helper) helpers;
};

/* Reads the tables; NULL with a diagnostic when one is missing or broken. */
struct bg_data *bg_data_read(struct bg_diags *ds);
void bg_data_freep(struct bg_data **d);

/* The row for a construct, NULL when the table has none. */
const struct bg_construct *bg_data_find(const struct bg_data *d, const char *from, const char *to, const char *kind,
					const char *name);
/* Whether any row goes from one family of hooks to the other. */
bool bg_data_has_pair(const struct bg_data *d, const char *from, const char *to);
const struct bg_helper *bg_data_helper(const struct bg_data *d, long id);
/* Whether programs of a family ("xdp", "tc") may call it; a family that the table has no column for has none. */
bool bg_helper_allowed(const struct bg_helper *h, const char *family);

#endif
