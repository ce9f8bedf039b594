// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/parallel.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/task.h"

struct worker {
	pid_t pid;
	int fd;
	size_t input;
};

struct pool {
	const struct bg_parallel *p;
	struct bg_str *ret;
	struct worker *running;
	struct pollfd *fds;
	size_t n, most, started, done;
};

_Noreturn static void child(const struct bg_parallel *p, size_t i, int fd, pid_t parent)
{
	struct bg_str out = { 0 };
	size_t sent = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it ended before the request */
		_exit(1);
	p->work(p->ctx, i, &out);
	while (sent < out.n) {
		ssize_t n = write(fd, out.s + sent, out.n - sent);

		if (n < 0 && errno != EINTR)
			_exit(1);
		sent += n > 0 ? (size_t)n : 0;
	}
	_exit(0); /* not exit(): what the parent has registered and buffered is the parent's */
}

static int start(struct pool *pool)
{
	pid_t pid, parent = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	bg_task_before_fork();
	pid = fork();
	if (pid < 0) {
		int err = -errno;

		close(fds[0]);
		close(fds[1]);
		return err;
	}
	if (pid == 0)
		child(pool->p, pool->started, fds[1], parent);
	close(fds[1]);
	pool->running[pool->n++] = (struct worker){ .pid = pid, .fd = fds[0], .input = pool->started++ };
	return 0;
}

/* Takes the k-th running one away; 0 when it has finished its work. */
static int end(struct pool *pool, size_t k, bool by_force)
{
	struct worker w = pool->running[k];
	int status = 0;

	if (by_force)
		kill(w.pid, SIGKILL);
	close(w.fd);
	while (waitpid(w.pid, &status, 0) < 0 && errno == EINTR)
		;
	pool->running[k] = pool->running[--pool->n];
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	bg_str_done(&pool->ret[w.input]);
	return -ECHILD;
}

/* Waits until something is there and reads it. */
static int collect(struct pool *pool)
{
	char buf[65536];
	int err = 0;

	for (size_t k = 0; k < pool->n; k++)
		pool->fds[k] = (struct pollfd){ .fd = pool->running[k].fd, .events = POLLIN };
	if (poll(pool->fds, pool->n, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	for (size_t k = pool->n; k-- > 0 && !err;) { /* downwards: end() moves the last one to k */
		ssize_t n;

		if (!pool->fds[k].revents)
			continue;
		n = read(pool->running[k].fd, buf, sizeof(buf));
		if (n > 0) {
			bg_str_addn(&pool->ret[pool->running[k].input], buf, (size_t)n);
		} else if (n == 0) {
			err = end(pool, k, false);
			if (!err && pool->p->progress)
				pool->p->progress(pool->p->ctx, ++pool->done);
		} else if (errno != EINTR) {
			err = -errno;
		}
	}
	return err;
}

int bg_parallel_run(const struct bg_parallel *p, struct bg_str *ret)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct pool pool = { .p = p, .ret = ret, .most = p->workers ? p->workers : cpus > 0 ? (size_t)cpus : 1 };
	int err = 0;

	pool.running = bg_alloc(pool.most * sizeof(*pool.running));
	pool.fds = bg_alloc(pool.most * sizeof(*pool.fds));
	while (!err && (pool.started < p->n || pool.n))
		err = pool.started < p->n && pool.n < pool.most ? start(&pool) : collect(&pool);
	while (pool.n)
		end(&pool, pool.n - 1, true);
	free(pool.running);
	free(pool.fds);
	return err;
}
