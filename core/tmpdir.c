// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Temporary folders: each goes when its owner is done, when a signal ends it, or else when the next one is made in the
 * same place. Only what is certainly a dead owner's is removed: a folder of our user and of our name, under a lock that
 * its owner would hold. The lock is the kernel's, so it tells of processes in other containers, too, as a process id
 * in the name would not.
 */
#include "core/fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PREFIX "bpfgraft-tmp."
#define MAX_SWEPT 16                    /* at once: whoever wants a folder does not wait for long */
#define MAX_LOOKED_AT 20000

/*
 * The folders that exist, for a signal handler: it may not lock, so a slot is taken and given back in one step each.
 */
#define MAX_TMPDIRS 64
static _Atomic(const char *) tmpdirs[MAX_TMPDIRS];
static pid_t owner; /* not the children of this process, which inherit the list */

static void remember(const char *from, const char *to)
{
	for (size_t i = 0; i < MAX_TMPDIRS; i++) {
		const char *expected = from;

		if (atomic_compare_exchange_strong(&tmpdirs[i], &expected, to))
			return;
	}
}

/*
 * A child removes them, by calls that are safe in a signal handler; whoever sent the signal may have sent it to our
 * group.
 */
static void clean_and_die(int sig)
{
	for (size_t i = 0; i < MAX_TMPDIRS; i++) {
		const char *const argv[] = { "rm", "-rf", "--", tmpdirs[i], NULL };
		pid_t pid = argv[3] && getpid() == owner ? _Fork() : -1;

		if (pid == 0) {
			setpgid(0, 0);
			execve("/bin/rm", (char *const *)argv, environ);
			_exit(127);
		}
		while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	raise(sig); /* the handler is gone (SA_RESETHAND): ends this process as if there had been none */
}

void bg_tmpdirs_on_signal(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction old, new = { .sa_handler = clean_and_die, .sa_flags = SA_RESETHAND };

	owner = getpid();
	for (size_t i = 0; i < MAX_TMPDIRS; i++)
		tmpdirs[i] = NULL;
	sigemptyset(&new.sa_mask);
	for (size_t i = 0; i < BG_ARRAY_SIZE(ends); i++)
		sigaddset(&new.sa_mask, ends[i]);
	for (size_t i = 0; i < BG_ARRAY_SIZE(ends); i++)
		if (sigaction(ends[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) /* nohup */
			sigaction(ends[i], &new, NULL);
}

/* Whether nobody but us and root can exchange the folder's entries while they are looked at. */
static bool is_trusted(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_uid == geteuid() || st.st_uid == 0) &&
	       (!(st.st_mode & S_IWOTH) || (st.st_mode & S_ISVTX));
}

/* The folder called name, locked, when it is one that its owner has left behind; else -1. */
static int take_abandoned(int base, const char *name)
{
	int fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return -1;
}

void bg_tmpdirs_sweep(const char *base)
{
	DIR *d = opendir(base);
	int base_fd = d ? dirfd(d) : -1;
	unsigned swept = 0, seen = 0;
	struct dirent *e;

	while (base_fd >= 0 && is_trusted(base_fd) && swept < MAX_SWEPT && seen++ < MAX_LOOKED_AT && (e = readdir(d))) {
		BG_CLEANUP(bg_freep) char *path = NULL;
		int fd = bg_starts(e->d_name, PREFIX) ? take_abandoned(base_fd, e->d_name) : -1;

		if (fd < 0)
			continue;
		path = bg_join(base, e->d_name);
		bg_remove_tree(path);
		close(fd);
		swept++;
	}
	if (d)
		closedir(d);
}

/* Locks the folder for as long as this process lives. -EAGAIN: it was swept away before that. */
static int lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat ours, there;

	if (fd < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	/* a file system without locks: nobody else can lock it either, so it is not swept */
	while (flock(fd, LOCK_SH) < 0 && errno == EINTR)
		;
	if (fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_ino == there.st_ino &&
	    ours.st_dev == there.st_dev)
		return fd;
	close(fd);
	return -EAGAIN;
}

int bg_tmpdir_make_in(const char *base, struct bg_tmpdir *t)
{
	int fd = -EAGAIN;

	while (fd == -EAGAIN) {
		BG_CLEANUP(bg_freep) char *path = bg_printf("%s/" PREFIX "XXXXXX", base);

		if (!mkdtemp(path))
			return -errno;
		fd = lock(path);
		if (fd >= 0)
			t->path = BG_TAKE(path);
		else if (fd != -EAGAIN)
			rmdir(path);
	}
	if (fd < 0)
		return fd;
	t->lock = fd;
	remember(NULL, t->path);
	return 0;
}

int bg_tmpdir_make(struct bg_tmpdir *t)
{
	static atomic_flag swept = ATOMIC_FLAG_INIT;
	const char *base = getenv("TMPDIR");

	/* a relative one would mean another folder to each program that runs elsewhere */
	base = base && *base == '/' ? base : "/tmp";
	if (!atomic_flag_test_and_set(&swept))
		bg_tmpdirs_sweep(base);
	return bg_tmpdir_make_in(base, t);
}

void bg_tmpdir_done(struct bg_tmpdir *t)
{
	if (t->path) {
		bg_remove_tree(t->path);
		remember(t->path, NULL);
		close(t->lock);
	}
	free(t->path);
	t->path = NULL;
}
