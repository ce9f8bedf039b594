/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the running kernel offers to programs of a type, found out by loading tiny programs. libbpf 1.1's own probe
 * knows one of the kernel's two wordings for a refused helper only, and so takes every helper for available on newer
 * kernels.
 */
#ifndef BG_TRANSFORM_PROBE_H
#define BG_TRANSFORM_PROBE_H

#include "core/base.h"

enum bg_can { BG_CAN_NO, BG_CAN_YES, BG_CAN_UNKNOWN };

enum bg_ability {
	BG_ABILITY_TYPE,   /* programs of this type can be loaded at all; no name */
	BG_ABILITY_HELPER, /* id is the helper's number; the name is for people */
	BG_ABILITY_KFUNC,
	BG_ABILITY_READ,  /* a member of the context */
	BG_ABILITY_WRITE, /* the same, written */
};

/*
 * prog_type is libbpf's name of it ("sched_cls"), context the structure that its programs get ("__sk_buff").
 * BG_CAN_UNKNOWN: no privilege, or a kfunc that the kernel's own BTF does not have (a module may).
 */
enum bg_can bg_probe(const char *prog_type, const char *context, enum bg_ability what, const char *name, long id);

/* Whether the verifier's log refuses the helper itself, in any of the kernel's wordings, and not how it is called. */
bool bg_probe_refuses_helper(const char *log);

/* Releases what bg_probe() keeps between calls. */
void bg_probe_done(void);

#endif
