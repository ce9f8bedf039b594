/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The command line: one popt table per command feeds the parser, --help and, later, completion. */
#ifndef BG_OPT_H
#define BG_OPT_H

#include "cli/cmd.h"

/*
 * Reads the global options in front of the command, the command's name (c->cmd), its options and arguments. 0, or
 * -EINVAL with one usage error in c->ds. c->global is right as far as it was read; --json is honoured wherever it
 * stands.
 * --help and --version end the reading: c->cmd may be NULL then.
 */
int bg_opt_parse(struct bg_ctx *c, int argc, const char **argv);

/* The help of a command (NULL: of the program) as an object (docs/json.md, "help"). New reference. */
json_t *bg_opt_help(const struct bg_cmd *cmds, const struct bg_cmd *cmd);

/*
 * The one of n names that a person most likely meant (at most a third of its letters wrong), or NULL. stride is the
 * distance in bytes between the pointers to names, so that it can look into any table.
 */
const char *bg_opt_nearest(const char *word, const void *names, size_t n, size_t stride);

/* One word of several, e.g. for --until; returns its index, or -1. words ends with NULL. */
int bg_opt_choice(const char *word, const char *const *words);

#endif
