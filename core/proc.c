// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/proc.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* The four pipes to a child, and the file descriptor that becomes readable when it ends. */
struct pipes {
	int in[2], out[2], err[2], fail[2], pidfd;
};

static void close_pair(int p[2])
{
	for (int i = 0; i < 2; i++)
		bg_closep(&p[i]);
}

static void close_pipes(struct pipes *p)
{
	close_pair(p->in);
	close_pair(p->out);
	close_pair(p->err);
	close_pair(p->fail);
	bg_closep(&p->pidfd);
}

/* Our environment with the process's own variables in place of ours of the same name. */
static void environment(const char *const *own, struct bg_strv *to)
{
	for (char **e = environ; *e; e++) {
		bool replaced = false;

		for (const char *const *o = own; o && *o && !replaced; o++)
			replaced = strncmp(*e, *o, strcspn(*o, "=") + 1) == 0;
		if (!replaced)
			bg_strv_add(to, *e);
	}
	for (; own && *own; own++)
		bg_strv_add(to, *own);
}

static int limit(int what, size_t bytes)
{
	return bytes ? setrlimit(what, &(struct rlimit){ bytes, bytes }) : 0;
}

/* In the child: only calls that are safe after fork. Reports why exec failed through the close-on-exec pipe. */
_Noreturn static void child(const struct bg_proc *p, char *const *env, struct pipes *pp)
{
	sigset_t none;
	int err;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* in a group of its own, it would outlive a Ctrl-C */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(pp->in[0], 0) < 0 || dup2(pp->out[1], 1) < 0 || dup2(pp->err[1], 2) < 0)
		goto fail;
	if (p->cwd && chdir(p->cwd) < 0) {
		errno = errno == ENOENT ? ENOTDIR : errno; /* ENOENT says that the program is missing */
		goto fail;
	}
	if (limit(RLIMIT_AS, p->memory_limit) < 0 || limit(RLIMIT_FSIZE, p->file_limit) < 0)
		goto fail;
	execvpe(p->argv[0], (char *const *)p->argv, env);
fail:
	err = errno;
	if (write(pp->fail[1], &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* Reads what is there; false at the end of the stream or when the limit is hit (then *too_much). */
static bool take(int fd, struct bg_str *to, size_t limit, bool *too_much)
{
	char buf[65536];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	bg_str_addn(to, buf, (size_t)n);
	if (to->n <= limit)
		return true;
	*too_much = true;
	return false;
}

static void feed(const struct bg_proc *p, int *fd, size_t *sent)
{
	ssize_t n = write(*fd, p->input + *sent, p->input_len - *sent);

	if (n > 0)
		*sent += (size_t)n;
	if (*sent == p->input_len || (n < 0 && errno != EINTR && errno != EAGAIN))
		bg_closep(fd);
}

/*
 * Feeds stdin and collects both outputs until the child has ended, the time is up, or there is too much. What the child
 * has written is in the pipes when it ends; a process that it left behind (git's background work) may hold them open
 * for long.
 */
static void converse(const struct bg_proc *p, struct pipes *pp, long long deadline, struct bg_proc_result *r)
{
	size_t limit = p->output_limit ? p->output_limit : 256u << 20, sent = 0;
	bool ended = false;

	while (!r->too_much) {
		struct pollfd fds[] = {
			{ .fd = pp->out[0], .events = POLLIN },
			{ .fd = pp->err[0], .events = POLLIN },
			{ .fd = ended ? -1 : pp->in[1], .events = POLLOUT },
			{ .fd = ended ? -1 : pp->pidfd, .events = POLLIN },
		};
		long long left = deadline - now_ms();
		int ready = poll(fds, BG_ARRAY_SIZE(fds), ended || left <= 0 ? 0 : left > 60000 ? 60000 : (int)left);

		if (ended && ready == 0)
			return;
		if (left <= 0 || (ready < 0 && errno != EINTR)) {
			r->timed_out = !ended;
			return;
		}
		if (ready <= 0)
			continue;
		if (fds[0].revents && !take(pp->out[0], &r->out, limit, &r->too_much))
			bg_closep(&pp->out[0]);
		if (fds[1].revents && !take(pp->err[0], &r->err, limit, &r->too_much))
			bg_closep(&pp->err[0]);
		if (fds[2].revents)
			feed(p, &pp->in[1], &sent);
		ended |= fds[3].revents != 0;
	}
}

/* The child's exit code, 128 + signal, or -1; it has ended, or is ended here with its process group. */
static int reap(pid_t pid, bool end)
{
	int status;

	if (end)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* With -v: the command as a shell would take it, and where it runs. */
static void tell(const struct bg_proc *p)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_^{}";
	struct bg_str line = { 0 };

	if (bg_log_level() < BG_LOG_DEBUG)
		return;
	for (const char *const *a = p->argv; *a; a++) {
		bool bare = **a && strspn(*a, plain) == strlen(*a);

		bg_str_add(&line, bare ? " " : " '");
		for (const char *c = *a; *c; c++)
			bg_str_addf(&line, *c == '\'' ? "'\\''" : "%c", *c);
		bg_str_add(&line, bare ? "" : "'");
	}
	bg_debug("run%s%s%s", line.s, p->cwd ? "  # in " : "", p->cwd ? p->cwd : "");
	bg_str_done(&line);
}

int bg_proc_run(const struct bg_proc *p, struct bg_proc_result *r)
{
	struct pipes pp = { { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 }, -1 };
	long long deadline = now_ms() + (p->timeout_ms ? p->timeout_ms : 120000);
	BG_CLEANUP(bg_strv_done) struct bg_strv env = { 0 };
	int err = 0, status;
	pid_t pid;

	*r = (struct bg_proc_result){ .status = -1 };
	signal(SIGPIPE, SIG_IGN);
	if ((p->input ? pipe2(pp.in, O_CLOEXEC) : 0) < 0 || pipe2(pp.out, O_CLOEXEC) < 0 ||
	    pipe2(pp.err, O_CLOEXEC) < 0 || pipe2(pp.fail, O_CLOEXEC) < 0)
		goto fail;
	if (!p->input && (pp.in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
		goto fail;
	tell(p);
	environment(p->env, &env);
	pid = fork();
	if (pid < 0)
		goto fail;
	if (pid == 0)
		child(p, env.v, &pp);
	setpgid(pid, pid);
	pp.pidfd = pidfd_open(pid, 0); /* Linux 5.3 */
	if (pp.pidfd < 0)
		err = errno;
	bg_closep(&pp.in[0]);
	bg_closep(&pp.out[1]);
	bg_closep(&pp.err[1]);
	bg_closep(&pp.fail[1]);
	if (p->input && p->input_len)
		fcntl(pp.in[1], F_SETFL, O_NONBLOCK);
	else
		bg_closep(&pp.in[1]);
	while (!err && read(pp.fail[0], &err, sizeof(err)) < 0 && errno == EINTR)
		;
	if (!err)
		converse(p, &pp, deadline, r);
	status = reap(pid, err || r->timed_out || r->too_much);
	close_pipes(&pp);
	if (err)
		return -err;
	r->status = status;
	return r->timed_out ? -ETIMEDOUT : r->too_much ? -EFBIG : 0;
fail:
	err = -errno;
	close_pipes(&pp);
	return err;
}

void bg_proc_result_done(struct bg_proc_result *r)
{
	bg_str_done(&r->out);
	bg_str_done(&r->err);
}

/* The last lines of a tool's stderr, as notes under the error. */
static void show_tail(const struct bg_str *err, struct bg_diags *ds)
{
	const char *end = err->s ? err->s + err->n : NULL, *p = end;
	unsigned lines = 0;

	for (; p && p > err->s && lines < 12; p--)
		lines += p < end && p[-1] == '\n';
	while (p && p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = nl ? (size_t)(nl - p) : (size_t)(end - p);

		if (n)
			bg_diag(ds, BG_NOTE, BG_ID_TOOL_FAILED, BG_NOWHERE, "%.*s", (int)(n > 500 ? 500 : n), p);
		p += n + 1;
	}
}

/*
 * What a tool was told to do: git's "clone" behind its "-c NAME=VALUE" and "--git-dir=DIR"; NULL when nothing says it.
 */
static const char *subcommand(const char *const *argv)
{
	for (argv++; *argv; argv++) {
		if (strcmp(*argv, "-c") == 0 && argv[1])
			argv++;
		else if (!strchr(*argv, '='))
			return *argv;
	}
	return NULL;
}

int bg_proc_check(const struct bg_proc *p, struct bg_diags *ds, struct bg_proc_result *r)
{
	int err = bg_proc_run(p, r);

	if (err == -ENOENT) {
		bg_diag(ds, BG_ERROR, BG_ID_TOOL_MISSING, BG_NOWHERE, "cannot find the program '%s'", p->argv[0]);
		return err;
	}
	if (err == -ETIMEDOUT) {
		bg_diag(ds, BG_ERROR, BG_ID_TOOL_FAILED, BG_NOWHERE, "'%s' ran longer than %u s and was stopped",
			p->argv[0], (p->timeout_ms ? p->timeout_ms : 120000) / 1000);
		return err;
	}
	if (err) {
		BG_CLEANUP(bg_freep) char *text = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_TOOL_FAILED, BG_NOWHERE, "cannot run '%s': %s", p->argv[0], text);
		return err;
	}
	if (r->status) {
		const char *what = subcommand(p->argv);

		bg_diag(ds, BG_ERROR, BG_ID_TOOL_FAILED, BG_NOWHERE, "'%s%s%s' ended with exit code %d", p->argv[0],
			what ? " " : "", what ? what : "", r->status);
		show_tail(&r->err, ds);
		return -EIO;
	}
	return 0;
}

char *bg_proc_version(const char *program)
{
	const char *const argv[] = { program, "--version", NULL };
	struct bg_proc_result r;
	char *line = NULL;

	if (bg_proc_run(&(struct bg_proc){ .argv = argv }, &r) == 0 && r.status == 0 && r.out.s)
		line = bg_strndup(r.out.s, strcspn(r.out.s, "\n"));
	bg_proc_result_done(&r);
	return line;
}
