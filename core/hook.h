/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Hooks and their program types, from rules/data/hooks.tsv: the one place that names them. A hook is where a program is
 * attached; several hooks can share a program type (tc-ingress and tc-egress: sched_cls).
 */
#ifndef BG_HOOK_H
#define BG_HOOK_H

#include "core/base.h"
#include "core/diag.h"

struct bg_hook {
	char *name;                     /* "tc-ingress" */
	struct bg_strv aliases;         /* "tc" */
	char *prog_type;                /* as libbpf names it: "sched_cls" */
	char *context;                  /* "__sk_buff", without 'struct' */
	char *section;                  /* the section to write: "tc" */
	struct bg_strv sections;        /* prefixes that mean this hook: "tc", "tcx/ingress", "classifier", ... */
	char *family;                   /* file names in rules: "xdp", "tc", ... */
};

/* Loads the table once per process; NULL with a diagnostic when the data is missing or broken. Never freed. */
/* NULL + BG_ID_HOOK_UNKNOWN naming the known ones */
const struct bg_hook *bg_hook_by_name(const char *name, struct bg_diags *ds);
/* NULL without a diagnostic when no hook has it */
const struct bg_hook *bg_hook_by_section(const char *section, struct bg_diags *ds);
/* The i-th hook of the table, NULL behind the last one. */
const struct bg_hook *bg_hook_at(size_t i, struct bg_diags *ds);
/* The first hook of the table whose programs get a 'struct context *'; NULL without a diagnostic when there is none. */
const struct bg_hook *bg_hook_by_context(const char *context, struct bg_diags *ds);

#endif
