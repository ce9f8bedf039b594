/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The only printer of results. */
#ifndef BG_RENDER_H
#define BG_RENDER_H

#include "cli/cmd.h"
#include "core/table.h"

/*
 * Prints the diagnostics to stderr and the result to stdout: the command's table, or with --json the one document
 * {schema, exit, ..., diagnostics}. Returns code, or BG_EXIT_ENV when stdout could not be written.
 */
enum bg_exit bg_render(struct bg_ctx *c, enum bg_exit code);

/* The document that --json prints. New reference. */
json_t *bg_render_document(const struct bg_ctx *c, enum bg_exit code);

struct bpfgraft_result;
/*
 * Prints a look of 'watch' (r, whose content is in c->doc, which is empty then): a line of JSON, or a table. false: stdout takes no more; c->printed
 * then says whether that is just the reader's end.
 */
bool bg_render_look(struct bg_ctx *c, const struct bpfgraft_result *r);

/* Whether diagnostics are coloured: --color, NO_COLOR, TERM, and whether stderr is a terminal. */
bool bg_render_color(enum bg_color choice, bool is_tty);

/* A column: its title (">" in front: right-aligned) and the key that it shows. */
struct bg_column {
	const char *title, *key;
};

/* Prints a JSON array of objects as a table; columns (at most 16) end with a NULL title. A null shows as '-'. */
void bg_render_rows(const json_t *rows, const struct bg_column *columns, FILE *out);

/* One line for each datapath of a result object. */
void bg_render_datapaths(const json_t *doc, FILE *out);
/* Of the rows of chains that count themselves: a line for each member, in all or for a second. Nothing without such rows. */
void bg_render_counted(const json_t *rows, bool per_second, FILE *out);

/* A scalar as text: true is yes, a list is joined by ','; NULL for null or absent. Caller frees. */
char *bg_render_cell(const json_t *value);

#endif
