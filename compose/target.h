/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Where a datapath is attached: a network namespace, an interface in it, a hook. */
#ifndef BG_TARGET_H
#define BG_TARGET_H

#include "core/base.h"
#include "core/diag.h"
#include "core/hook.h"

struct bg_target {
	const char *netns;     /* a name under /run/netns, NULL = the caller's own; borrowed */
	const char *interface; /* borrowed */
	const struct bg_hook *hook;
	uint64_t netns_id; /* inode number of the namespace: unique among those that exist */
	unsigned ifindex;  /* 0 = the interface does not exist */
};

/* Kernel's rule for names: 1 to 15 bytes, no '/', ':' or white space, neither "." nor "..". */
bool bg_interface_name_ok(const char *name);

/*
 * Enters the network namespace called name (NULL: stays) with this thread; *ret_home is what bg_netns_leave() goes back
 * to. 0 or a negative errno, with a diagnostic.
 */
int bg_netns_enter(const char *name, struct bg_loc at, struct bg_diags *ds, int *ret_home);
/*
 * The same for the namespace with this id, found among the named ones and those of all processes: a namespace needs no
 * name. -ENOENT when there is none any more. No diagnostic.
 */
int bg_netns_enter_id(uint64_t id, int *ret_home);
void bg_netns_leave(int *home); /* for BG_CLEANUP; ends the process if the way back is closed */
uint64_t bg_netns_id(void);	/* of the namespace this thread is in; 0 = unknown */

/*
 * Fills netns_id and ifindex of a target whose namespace was entered. -ENODEV when there is no such interface (no
 * diagnostic).
 */
int bg_target_resolve(struct bg_target *t);

#endif
