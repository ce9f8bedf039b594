/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A port on its way through transform.c, and its report. */
#ifndef BG_TRANSFORM_INSIDE_H
#define BG_TRANSFORM_INSIDE_H

#include "core/fs.h"
#include "transform/data.h"
#include "transform/facts.h"
#include "transform/kernel.h"
#include "transform/legacy.h"
#include "transform/ruleset.h"
#include "transform/transform.h"

struct port {
	const struct bg_transform_job *job;
	struct bg_diags *ds;
	struct bg_facts *facts;
	struct bg_data *data;
	struct bg_kernel kernel; /* that the port is judged for */
	const struct bg_pair *pair; /* NULL: no rules */
	bool has_rules;
	struct bg_ruleset rules, legacy_rules;
	struct bg_legacy legacy;
	struct bg_tmpdir tmp;
	char *name;		      /* of the new unit's file: "x.bpf.c" */
	char *stem;		      /* "x" */
	char *source, *object, *diff; /* in tmp */
	char *original;		      /* what the port is compared with: the unit, or a copy without legacy maps */
	json_t *reservations, *changes; /* changes.h */
	bool blind, chain, wrapped, runtime, context_header;
	bool shadows;	    /* types have other names while the rules run (shadow.h) */
	int loaded;	    /* 1 yes, 0 no, -1 not known: not tried, or not allowed to */
	long before, after; /* instructions of the program, -1 = unknown */
};

/* transform.json (docs/json.md). New reference. */
json_t *bg_port_json(const struct port *p, bool ported);

#endif
