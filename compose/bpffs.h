/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The BPF file system that datapaths are remembered on: our folder in it, and the lock that changes are made under. */
#ifndef BG_BPFFS_H
#define BG_BPFFS_H

#include "core/base.h"
#include "core/diag.h"

#define BG_STATE_MARK "-clsact" /* ends the name of the folder that says that an interface's qdisc is ours */

/* The BPF file system's folder of ours: $BPFGRAFT_BPFFS/bpfgraft, by default /sys/fs/bpf/bpfgraft. Caller frees. */
char *bg_state_root(void);
bool bg_on_bpffs(const char *path); /* path exists and lies on a BPF file system */
/*
 * Mounts the BPF file system when missing and takes the lock that all changes are made under. 0 or -errno with a
 * diagnostic.
 */
int bg_state_lock(struct bg_diags *ds, int *ret_lock);
void bg_state_unlock(int *lock); /* for BG_CLEANUP; removes folders of ours that nothing is left in */
bool bg_state_is_locked(void);	 /* a bpfgraft, this one or another, is changing something right now */
bool bg_state_mounted(void);	 /* without the file system nothing is attached by us */

#endif
