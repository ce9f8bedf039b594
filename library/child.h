/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Work in a child process, for the public library: what it does to itself (memory that runs out, namespaces, signals,
 * descriptors) is not done to the caller. In the parent nothing of core/ is used that ends the process.
 */
#ifndef BG_CHILD_H
#define BG_CHILD_H

#include <sys/types.h>

struct bg_child {
	pid_t pid; /* 0 = none */
	int fd;	   /* of the pipe that it writes to; -1 = none */
};

/*
 * Begins work(arg, fd) in a child; what it writes to fd is to be read from c->fd. In it, stdin and stdout are
 * /dev/null, stderr is log or, when log is -1, too, and all other descriptors are closed; signals act as in a program
 * that just began, and remove temporary folders; it ends with the thread that called. 0 or -errno.
 */
int bg_child_start(struct bg_child *c, int log, void (*work)(void *arg, int fd), void *arg);
/* For the child: writes all of it, or ends the process when nobody reads. */
void bg_child_send(int fd, const void *data, size_t n);
/* All that it writes, up to its end. 0 or -errno; *ret (caller frees) ends with a NUL. */
int bg_child_read(struct bg_child *c, char **ret, size_t *ret_size);
/* Ends it, by the signal if that is not 0, and waits. Its status as of waitpid(), -1 when somebody else has taken it.
 */
int bg_child_end(struct bg_child *c, int sig);

#endif
