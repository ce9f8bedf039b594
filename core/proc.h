/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Running other programs (git, clang, spatch): an argument list, never a shell, with a time limit and captured output.
 */
#ifndef BG_PROC_H
#define BG_PROC_H

#include "core/base.h"
#include "core/diag.h"

struct bg_proc {
	const char *const *argv;    /* NULL-terminated; argv[0] is looked up in PATH */
	const char *cwd;            /* or NULL */
	const char *const *env;     /* "NAME=value" added to the environment, NULL-terminated, or NULL */
	const char *input;          /* given on stdin, or NULL: /dev/null */
	size_t input_len;
	unsigned timeout_ms;        /* 0 = 120 s */
	size_t output_limit;        /* bytes of stdout and of stderr each, 0 = 256 MiB; more ends the process */
	size_t memory_limit;        /* bytes of its address space, 0 = as ours */
	size_t file_limit;          /* bytes of each file that it writes, 0 = as ours */
};

struct bg_proc_result {
	int status;                 /* exit code, 128 + signal, or -1 when it did not start */
	bool timed_out, too_much;
	struct bg_str out, err;
};

/*
 * Runs it to its end. 0 when it ran, whatever its exit code; -ENOENT when the program does not exist; -ETIMEDOUT when
 * the time limit ended it (its process group is killed); -EFBIG for the output limit; another negative errno when it
 * could not be started. ret is always to be released with bg_proc_result_done().
 */
int bg_proc_run(const struct bg_proc *p, struct bg_proc_result *ret);
void bg_proc_result_done(struct bg_proc_result *r);
/* The first line that a program says of its version; NULL without it. Caller frees. */
char *bg_proc_version(const char *program);

/*
 * As bg_proc_run, and says what went wrong: a missing program is BG_ID_TOOL_MISSING (returns -ENOENT), a time limit or
 * an exit code other than 0 is BG_ID_TOOL_FAILED with the last lines of stderr (-ETIMEDOUT, -EIO).
 */
int bg_proc_check(const struct bg_proc *p, struct bg_diags *ds, struct bg_proc_result *ret);

#endif
