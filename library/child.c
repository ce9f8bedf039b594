// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "library/child.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base.h"
#include "core/fs.h"

/* What the caller does on a signal is not for this process; what it ignores stays ignored (nohup), but not that
 * children end. */
static void reset_signals(void)
{
	struct sigaction old, none = { .sa_handler = SIG_DFL }, ignore = { .sa_handler = SIG_IGN };
	sigset_t empty;

	for (int sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, NULL, &old) == 0 && (old.sa_handler != SIG_IGN || sig == SIGCHLD))
			sigaction(sig, &none, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL); /* a file that may not grow is an error of a write, and said as one */
	bg_tmpdirs_on_signal();
	sigemptyset(&empty);
	pthread_sigmask(SIG_SETMASK, &empty, NULL);
}

/* The descriptors 0 to 3, where 3 is the pipe, and no others: what the caller closes shall be closed. */
static bool reset_descriptors(int fd, int log)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* out of the way first: a caller that has closed its own 0 to 2 gets pipes there */
	null = null < 0 ? -1 : fcntl(null, F_DUPFD_CLOEXEC, 4);
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 4);
	log = log < 0 ? -1 : fcntl(log, F_DUPFD_CLOEXEC, 4);
	if (null < 0 || (log >= 0 ? dup2(log, 2) : dup2(null, 2)) < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		return false;
	return fd >= 0 && dup3(fd, 3, O_CLOEXEC) == 3 && close_range(4, ~0U, 0) == 0; /* Linux 5.9 */
}

_Noreturn static void child(pid_t parent, int fd, int log, void (*work)(void *arg, int fd), void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || !reset_descriptors(fd, log)) /* it ended before the request */
		_exit(BG_EXIT_ENV);
	reset_signals();
	work(arg, 3);
	_exit(0); /* not exit(): what the parent has registered and buffered is the parent's */
}

int bg_child_start(struct bg_child *c, int log, void (*work)(void *arg, int fd), void *arg)
{
	pid_t parent = getpid();
	sigset_t all, old;
	int fds[2], err;

	*c = (struct bg_child){ .fd = -1 };
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	c->pid = fork();
	err = -errno;
	if (c->pid == 0)
		child(parent, fds[1], log, work, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	close(fds[1]);
	if (c->pid > 0) {
		c->fd = fds[0];
		return 0;
	}
	c->pid = 0;
	close(fds[0]);
	return err;
}

int bg_child_read(struct bg_child *c, char **ret, size_t *ret_size)
{
	size_t n = 0, room = 0;
	char *text = NULL;

	for (;;) {
		ssize_t got;

		if (n + 1 >= room) {
			char *more = realloc(text, room ? room * 2 : 8192);

			if (!more)
				break;
			text = more;
			room = room ? room * 2 : 8192;
		}
		got = read(c->fd, text + n, room - n - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			text[n] = '\0';
			*ret = text;
			*ret_size = n;
			return 0;
		}
		n += (size_t)got;
	}
	free(text);
	return -ENOMEM;
}

int bg_child_end(struct bg_child *c, int sig)
{
	int status = -1;
	pid_t got;

	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	if (c->pid <= 0)
		return -1;
	if (sig)
		kill(c->pid, sig);
	do {
		got = waitpid(c->pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	c->pid = 0;
	return got < 0 ? -1 : status;
}

void bg_child_send(int fd, const void *data, size_t n)
{
	const char *at = data;

	while (n) {
		ssize_t sent = write(fd, at, n);

		if (sent < 0 && errno != EINTR)
			_exit(BG_EXIT_ENV); /* nobody reads */
		at += sent > 0 ? sent : 0;
		n -= sent > 0 ? (size_t)sent : 0;
	}
}
