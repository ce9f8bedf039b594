/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Commands of bpfgraft, and how to add one:
 *
 *  1. Write cli/cmd_foo.c: a popt table into a static struct of option values, a `const struct bg_usage bg_usage_foo`
 *     (summary, synopsis, examples, options, number of arguments), and `enum bg_exit bg_cmd_foo(struct bg_ctx *c)`.
 *  2. Declare both here (BG_COMMAND below) and add the file to cli/CMakeLists.txt.
 *  3. Add a row to the table in cli/main.c, with the flags of what the dispatcher does before the command runs.
 *  4. Write bg_render_foo() in one of cli/render*.c: it turns the result object into a table or text.
 *     --json needs nothing: the result object is the document.
 *  5. Describe the document in docs/json.md and docs/schemas/cli.foo.schema.json, the command in docs/cli.md, and write
 *     docs/man/bpfgraft-foo.1.scd: what --help does not say (scripts/man-pages tells the form).
 *  6. Add what it must do to tests/e2e/cli-*.sh; --help, unknown options and --json are tested for every row already.
 *
 * A command never prints. It fills c->doc, says what a person must know through c->ds, and returns the exit code.
 */
#ifndef BG_CMD_H
#define BG_CMD_H

#include <jansson.h>
#include <popt.h>

#include "core/base.h"
#include "core/diag.h"
#include "core/fs.h"
#include "core/lock.h"
#include "core/log.h"
#include "core/spec.h"

enum bg_color { BG_COLOR_AUTO, BG_COLOR_ALWAYS, BG_COLOR_NEVER };

/* Options that every command takes, before or after its name. */
struct bg_global {
	bool json, quiet, offline, locked, help, version;
	unsigned verbose;
	enum bg_color color;
};

struct bg_cmd;

/* One run of one command. */
struct bg_ctx {
	const struct bg_cmd *cmds;      /* the table in main.c, ends with name NULL */
	const struct bg_cmd *cmd;       /* the command that runs, NULL before it is known */
	struct bg_global global;
	struct bg_strv args;            /* arguments that are no options */
	struct bg_strv flags;           /* what stands after "--": clang's flags */
	struct bg_spec *spec;           /* with BG_NEED_SPEC, or BG_TAKES_SPEC and a spec given */
	struct bg_lock *lock;           /* of the spec; NULL: there is none */
	struct bg_diags *ds;
	json_t *doc;                    /* the result: an object */
	const char *schema;             /* NULL = the command's name */
	bool printed;                   /* the command has printed its results by the renderer already ('watch') */
};

/* What the dispatcher does for a command before it runs. */
enum bg_need {
	BG_NEED_SPEC = 1,               /* the first argument is a spec: read it */
	BG_TAKES_SPEC = 2,              /* the first argument is a spec when its name ends in .yaml or .yml */
	BG_TAKES_FLAGS = 4,             /* clang's flags may stand after "--" */
	BG_NO_LOCK = 16,                /* the spec is read as it stands, without its lock */
};

/* What the parser checks and --help shows. Lists end with NULL. */
struct bg_usage {
	const char *summary;            /* one line, lower-case, no final stop */
	const char *const *synopsis;    /* what follows "bpfgraft NAME ", one a form */
	const char *const *examples;    /* whole command lines */
	const struct poptOption *options;  /* of this command alone, or NULL */
	unsigned min_args, max_args;
};

struct bg_cmd {
	const char *name;
	const struct bg_usage *usage;
	enum bg_exit (*run)(struct bg_ctx *c);
	void (*render)(const json_t *doc, FILE *out);
	unsigned needs;                 /* enum bg_need */
};

#define BG_COMMAND(name) \
	extern const struct bg_usage bg_usage_##name; \
	enum bg_exit bg_cmd_##name(struct bg_ctx *c); \
	void bg_render_##name(const json_t *doc, FILE *out)

BG_COMMAND(run);
BG_COMMAND(extract);
BG_COMMAND(transform);
BG_COMMAND(check);
BG_COMMAND(rules);
BG_COMMAND(verify);
BG_COMMAND(compose);
BG_COMMAND(apply);
BG_COMMAND(detach);
BG_COMMAND(status);
BG_COMMAND(reload);
BG_COMMAND(repair);
BG_COMMAND(config);
BG_COMMAND(watch);
BG_COMMAND(report);
BG_COMMAND(lock);
BG_COMMAND(regress);
BG_COMMAND(index);
BG_COMMAND(query);
BG_COMMAND(why);
BG_COMMAND(explain);
BG_COMMAND(help);

const struct bg_cmd *bg_cmd_find(const struct bg_cmd *cmds, const char *name);

/* A usage error, always one line that ends in where to read more; returns BG_EXIT_USAGE. */
enum bg_exit bg_usage_error(struct bg_ctx *c, const char *fmt, ...) BG_PRINTF(2, 3);

/* Prints the diagnostics that were not printed yet. */
void bg_ctx_flush(struct bg_ctx *c);

/* Whether an argument names a spec. */
bool bg_is_spec_name(const char *arg);

#endif
