/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Metadata between the programs of a chain: the spec declares keys, members name them as variables (rules/include/bpfgraft/meta.h),
 * and the composer allots every key one place. Nothing is agreed upon but names; what nobody declared is refused in the plan.
 */
#ifndef BG_METADATA_H
#define BG_METADATA_H

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "compose/fuse.h"
#include "core/diag.h"
#include "core/yaml.h"

#define BG_META_SECTION ".data.bgmeta"

struct bg_meta_key {
	const char *name, *type; /* borrowed from the spec */
	unsigned size;
	unsigned value, has; /* where in the chain's block */
};
struct bg_meta {
	BG_VEC(struct bg_meta_key) keys;
	unsigned size; /* of the block, a multiple of 8 bytes; 0: no keys */
	uint32_t magic; /* what a packet has before the block between programs: whose it is, and what is in it */
};

/* Gives every declared key its place. declared: {key: u8|u16|u32|u64}, or NULL, of the datapath called 'whose'. */
void bg_meta_allot(const struct bg_node *declared, const char *whose, struct bg_meta *ret);
/* Whether the block can travel so between programs. */
bool bg_meta_fits(const struct bg_meta *m, enum bg_fuse_carrier carrier);
void bg_meta_done(struct bg_meta *m);
/* The keys that an object names, and where its variables lie: appended to ret. 0, or -EINVAL with diagnostics. */
int bg_meta_of(const struct bg_meta *m, const struct btf *btf, const char *run, struct bg_loc at, struct bg_diags *ds,
	       struct bg_fuse_meta *ret);

int bg_meta_fd(const struct bpf_object *obj); /* of the map that a loaded member's keys are while it is alone; -1: it names none */

#endif
