/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the public library's handles are made of. */
#ifndef BG_HANDLE_H
#define BG_HANDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/log.h"

struct bpfgraft {
	char *output;	/* NULL: a temporary folder */
	char *registry; /* NULL: localhost */
	unsigned emit;	/* enum bg_emit */
	bool offline, locked;
	int log; /* -1: none */
	enum bg_log_level verbosity;
};

struct bpfgraft_spec {
	char *path;
	char *text; /* NULL: what stands in the file */
	size_t size;
};

struct bpfgraft_result;

/* Takes over a document, one line of JSON, that ended with a newline. 0, -ENOMEM, or -EIO when it is none (text is
 * freed then). */
int bg_result_take(char *text, size_t size, struct bpfgraft_result **ret);

/* The result of work whose process ended before it was done, with that status (as of waitpid(), -1: unknown). 0, or
 * -ENOMEM, also when that was why. */
int bg_result_of_dead(const char *name, int status, struct bpfgraft_result **ret);

#endif
