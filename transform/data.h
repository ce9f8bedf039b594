/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The transformation's tables under rules/data: what each program type has in which kernel, and what becomes of each
 * construct. A new pair of hooks is new lines there, not new code here.
 */
#ifndef BG_TRANSFORM_DATA_H
#define BG_TRANSFORM_DATA_H

#include "core/base.h"
#include "core/diag.h"
#include "transform/probe.h"

enum bg_action { BG_ACTION_SAME, BG_ACTION_REWRITE, BG_ACTION_ASK, BG_ACTION_WARN, BG_ACTION_NO };

struct bg_construct {
	char *from, *to, *kind, *name;
	enum bg_action action;
	char *target; /* or NULL */
	unsigned id;  /* of the question or reservation, or of the error where it is not the kind's; 0 = none */
	char *text;   /* or NULL */
};

struct bg_helper {
	char *name;
	long id;
	struct bg_strv cells; /* "y" or "n", one for each of bg_data.helper_columns */
};

/* What else a program type has or has not: a member of its context, a kfunc, the type itself. */
struct bg_ability_row {
	char *kind, *name;
	struct bg_strv cells; /* of bg_data.ability_columns */
};

/* A kernel that the tables speak of. */
struct bg_kernel_row {
	char *version, *suffix; /* of its columns; "" = none */
};

/* What ports between two families of hooks are made of (pairs.tsv). */
struct bg_pair {
	char *from, *to;
	char *runtime, *prefix; /* the runtime header, and how its names begin */
	char *context_header;	/* defines the target's context */
	char *stop;		/* returned where the packet cannot be brought into form */
	char *suffix;		/* of a wrapped program's name */
	char *blind; /* what the runtime header wants defined for programs that never look at the packet, or NULL */
	char *header;		/* of the user-space API, with the verdicts, or NULL */
	struct bg_strv verdicts, values;
};

struct bg_data {
	BG_VEC(struct bg_pair) pairs;
	struct bg_strv declared, declarations; /* names of helpers, and how to declare them (declarations.tsv) */
	BG_VEC(struct bg_construct) constructs;
	BG_VEC(struct bg_helper) helpers;
	BG_VEC(struct bg_ability_row) abilities;
	BG_VEC(struct bg_kernel_row) kernels; /* newest first */
	struct bg_strv helper_columns, ability_columns;
};

/* Reads the tables; NULL with a diagnostic when one is missing or broken. */
struct bg_data *bg_data_read(struct bg_diags *ds);
void bg_data_freep(struct bg_data **d);

/* The row for a construct, NULL when the table has none. */
const struct bg_construct *bg_data_find(const struct bg_data *d, const char *from, const char *to, const char *kind,
					const char *name);
/* NULL: no rules port between the two families. */
const struct bg_pair *bg_data_pair(const struct bg_data *d, const char *from, const char *to);
const struct bg_helper *bg_data_helper(const struct bg_data *d, long id);
/* By its name; NULL when the table has none. */
const struct bg_helper *bg_data_helper_named(const struct bg_data *d, const char *name);
/*
 * What the tables say of programs of a type ("xdp", "sched_cls") in a kernel: BG_CAN_UNKNOWN for what they have no row
 * or column for. A helper is asked by its number.
 */
enum bg_can bg_data_can(const struct bg_data *d, const struct bg_kernel_row *kernel, const char *prog_type,
			enum bg_ability what, const char *name, long id);

#endif
