// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/target.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compose/diag_ids.h"
#include "core/fs.h"

#define OWN_NETNS "/proc/thread-self/ns/net"

bool bg_interface_name_ok(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n >= IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (; *name; name++)
		if (*name == '/' || *name == ':' || isspace((unsigned char)*name))
			return false;
	return true;
}

int bg_netns_enter(const char *name, struct bg_loc at, struct bg_diags *ds, int *ret_home)
{
	BG_CLEANUP(bg_freep) char *path = NULL, *why = NULL;
	BG_CLEANUP(bg_closep) int home = -1, fd = -1;
	int err;

	*ret_home = -1;
	if (!name)
		return 0;
	if (!bg_safe_name(name)) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_NETNS, at, "'%s' is no name of a network namespace", name);
		return -EINVAL;
	}
	path = bg_printf("/run/netns/%s", name);
	home = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (home >= 0 && fd >= 0 && setns(fd, CLONE_NEWNET) == 0) {
		*ret_home = BG_TAKE_FD(home);
		return 0;
	}
	err = -errno;
	if (fd < 0 && err == -ENOENT) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_NETNS, at, "there is no network namespace '%s' under /run/netns",
			name);
		return err;
	}
	why = bg_errno_text(err);
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_NETNS, at, "cannot enter network namespace '%s': %s", name, why);
	return err;
}

static bool try_namespace(const char *path, uint64_t id, int *ret_fd)
{
	struct stat st;

	if (stat(path, &st) < 0 || st.st_ino != id)
		return false;
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC);
	return *ret_fd >= 0;
}

static bool search(const char *dir, const char *below, uint64_t id, int *ret_fd)
{
	DIR *d = opendir(dir);
	bool found = false;
	struct dirent *e;

	while (d && !found && (e = readdir(d))) {
		BG_CLEANUP(bg_freep) char *path = bg_printf("%s/%s%s", dir, e->d_name, below);

		if (e->d_name[0] != '.')
			found = try_namespace(path, id, ret_fd);
	}
	if (d)
		closedir(d);
	return found;
}

int bg_netns_enter_id(uint64_t id, int *ret_home)
{
	BG_CLEANUP(bg_closep) int home = -1, fd = -1;

	*ret_home = -1;
	if (id == bg_netns_id())
		return 0;
	if (!search("/run/netns", "", id, &fd) && !search("/proc", "/ns/net", id, &fd))
		return -ENOENT;
	home = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
	if (home < 0 || setns(fd, CLONE_NEWNET) < 0)
		return -errno;
	*ret_home = BG_TAKE_FD(home);
	return 0;
}

void bg_netns_leave(int *home)
{
	if (*home < 0)
		return;
	/*
	 * Going on in a foreign namespace would change the wrong interfaces; the way back is an open file, it cannot be
	 * closed.
	 */
	if (setns(*home, CLONE_NEWNET) < 0)
		abort();
	bg_closep(home);
}

uint64_t bg_netns_id(void)
{
	struct stat st;

	return stat(OWN_NETNS, &st) == 0 ? st.st_ino : 0;
}

int bg_target_resolve(struct bg_target *t)
{
	t->netns_id = bg_netns_id();
	t->ifindex = bg_interface_name_ok(t->interface) ? if_nametoindex(t->interface) : 0;
	return t->ifindex ? 0 : -ENODEV;
}
