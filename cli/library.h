/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How commands call the public library (library/bpfgraft.h): with what the command line said, and with what comes back
 * in the context. */
#ifndef BG_CLI_LIBRARY_H
#define BG_CLI_LIBRARY_H

#include "cli/cmd.h"
#include "library/bpfgraft.h"

struct bg_library {
	struct bpfgraft *b;
	struct bpfgraft_spec *spec;
	struct bpfgraft_result *r;
};

/* Settings as the global options say; spec: a path, or NULL for commands that take none; out: the output folder, NULL:
 * the spec's own. */
enum bg_exit bg_library_start(struct bg_ctx *c, const char *spec, const char *out, struct bg_library *l);
void bg_library_done(struct bg_library *l);
/*
 * Takes what a call returned into the context: the diagnostics, and the rest of the document. r: where the result is,
 * or NULL; a pointer to it, because the call that sets it may stand beside it. The exit code.
 */
enum bg_exit bg_library_answer(struct bg_ctx *c, int outcome, struct bpfgraft_result *const *r);

#endif
