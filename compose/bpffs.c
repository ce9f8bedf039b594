// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/bpffs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

#include "compose/diag_ids.h"
#include "core/fs.h"

#define BPFFS_MAGIC  0xcafe4a11 /* BPF_FS_MAGIC, linux/magic.h */
#define LOCK_SECONDS 30

static const char *bpffs_base(void)
{
	const char *env = getenv("BPFGRAFT_BPFFS");

	return env && env[0] == '/' ? env : "/sys/fs/bpf";
}

char *bg_state_root(void)
{
	return bg_printf("%s/bpfgraft", bpffs_base());
}

bool bg_state_mounted(void)
{
	return bg_on_bpffs(bpffs_base());
}

bool bg_on_bpffs(const char *path)
{
	struct statfs st;

	return statfs(path, &st) == 0 && (unsigned long)st.f_type == BPFFS_MAGIC;
}

static pid_t parent_of(pid_t pid)
{
	BG_CLEANUP(bg_freep) char *path = bg_printf("/proc/%d/stat", (int)pid);
	struct bg_str text = { 0 };
	const char *end;
	pid_t parent = 0;

	/* "PID (NAME) STATE PPID ...", where NAME may hold anything, ')' too */
	if (bg_read_file(path, 4096, &text) == 0 && (end = strrchr(text.s, ')')) && strlen(end) > 4)
		parent = (pid_t)strtol(end + 4, NULL, 10);
	bg_str_done(&text);
	return parent;
}

/*
 * 'ip netns exec' runs its command in a mount namespace of its own, with a BPF file system of its own: both end with
 * the command, and so would pins and datapath. So what is pinned on must be what the processes see there that started
 * this one, up to pid 1 or the first that may not be asked; a folder that the user names is trusted.
 */
static bool is_private(const char *base)
{
	struct stat own, here, ns, there;
	bool mounted = bg_on_bpffs(base);

	if (getenv("BPFGRAFT_BPFFS") || stat("/proc/self/ns/mnt", &own) < 0 || stat(base, &here) < 0)
		return false;
	for (pid_t pid = getppid(); pid > 0; pid = parent_of(pid)) {
		BG_CLEANUP(bg_freep) char *mounts = bg_printf("/proc/%d/ns/mnt", (int)pid);
		BG_CLEANUP(bg_freep) char *seen = bg_printf("/proc/%d/root%s", (int)pid, base);

		if (stat(mounts, &ns) < 0)
			return false;
		if (ns.st_ino != own.st_ino && (!mounted || (stat(seen, &there) == 0 && there.st_dev != here.st_dev)))
			return true;
	}
	return false;
}

static int mount_bpffs(struct bg_diags *ds)
{
	const char *base = bpffs_base();
	BG_CLEANUP(bg_freep) char *why = NULL;
	int err;

	if (is_private(base)) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_BPFFS, BG_NOWHERE,
			"'%s' is of this private mount namespace, as 'ip netns exec' makes "
			"one: a datapath pinned there would end with the command",
			base);
		return -ENOTSUP;
	}
	if (bg_on_bpffs(base))
		return 0;
	if (mount("bpf", base, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") == 0)
		return 0;
	err = -errno;
	why = bg_errno_text(err);
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_BPFFS, BG_NOWHERE, "cannot mount the BPF file system on '%s': %s", base,
		why);
	return err;
}

static int wait_for_lock(int fd)
{
	const struct timespec nap = { .tv_nsec = 20 * 1000 * 1000 };

	for (unsigned i = 0; i < LOCK_SECONDS * 50; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		nanosleep(&nap, NULL);
	}
	return -EBUSY;
}

int bg_state_lock(struct bg_diags *ds, int *ret_lock)
{
	BG_CLEANUP(bg_freep) char *root = bg_state_root(), *why = NULL;
	struct stat held, now;
	int err = mount_bpffs(ds);

	if (err)
		return err;
	for (;;) {
		BG_CLEANUP(bg_closep) int fd = -1;

		if (mkdir(root, 0700) < 0 && errno != EEXIST) {
			err = -errno;
			break;
		}
		fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		err = fd < 0 ? -errno : wait_for_lock(fd);
		if (err)
			break;
		/* Who held the lock before may have removed the empty folder: then this lock is on nothing. */
		if (fstat(fd, &held) == 0 && stat(root, &now) == 0 && held.st_ino == now.st_ino) {
			*ret_lock = BG_TAKE_FD(fd);
			return 0;
		}
	}
	why = bg_errno_text(err);
	if (err == -EBUSY)
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_LOCK, BG_NOWHERE,
			"another bpfgraft has been changing datapaths for %d seconds", LOCK_SECONDS);
	else
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_BPFFS, BG_NOWHERE, "cannot lock '%s': %s", root, why);
	return err;
}

/* Folders of hooks without a datapath: a process that was killed left them. An empty mark tells of a qdisc, and stays.
 */
static void remove_empty_hooks(const char *root)
{
	struct dirent **list;
	int n = scandir(root, &list, NULL, NULL);

	for (int i = 0; i < n; i++) {
		BG_CLEANUP(bg_freep) char *dir = bg_join(root, list[i]->d_name);

		if (list[i]->d_name[0] != '.' && !bg_ends(dir, BG_STATE_MARK))
			rmdir(dir); /* refused by the kernel while something is in it */
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

void bg_state_unlock(int *lock)
{
	BG_CLEANUP(bg_freep) char *root = bg_state_root();

	if (*lock >= 0) {
		remove_empty_hooks(root);
		rmdir(root); /* likewise */
	}
	bg_closep(lock);
}

bool bg_state_is_locked(void)
{
	BG_CLEANUP(bg_freep) char *root = bg_state_root();
	BG_CLEANUP(bg_closep) int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}
