/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a loaded object's maps and global variables hold, read once: entries sorted by key, so that the order of a hash
 * map does not count, and the fields of a value, so that a difference has a name. It judges nothing.
 */
#ifndef BG_MAPSTATE_H
#define BG_MAPSTATE_H

#include <bpf/libbpf.h>

#include "core/base.h"
#include "core/diag.h"

/* A field of a value that holds no other fields. */
struct bg_leaf {
	size_t offset, size; /* bytes */
	char *name;	     /* ".packets", "[3].bytes"; "" for a plain value */
	bool pointer; /* into the kernel's memory, or NULL: where to is chance */
};

struct bg_mapstate {
	char *name;		      /* of the map or variable */
	bool variable, percpu, array; /* array: entries of zeros are left out */
	bool lru, mappable;
	const char *type;	       /* "hash"; "variable" */
	char *why_not;		       /* reason why its content was not read, or NULL */
	size_t key_size;	       /* 0 for a variable */
	size_t value_size, step, cpus; /* one value, the distance between CPUs' values, how many of them */
	size_t max_entries;
	unsigned char *records; /* n times key and cpus * step bytes of values */
	size_t n;
	BG_VEC(struct bg_leaf) leaves;
};

struct bg_mapstates {
	BG_VEC(struct bg_mapstate) all;
};

/*
 * For bg_load_opts.prepare: large arrays are made mappable (BPF_F_MMAPABLE, Linux 5.5), so that reading them back is a pass over memory and not a system call
 * per element. Programs cannot tell. Always 0.
 */
int bg_mapstates_prepare(struct bpf_object *obj, void *arg, struct bg_diags *ds);

/* Reads everything but .rodata. 0, or a negative errno with a diagnostic. maps false: variables only. */
int bg_mapstates_read(const struct bpf_object *obj, bool maps, struct bg_diags *ds, struct bg_mapstates *ret);
const struct bg_mapstate *bg_mapstates_find(const struct bg_mapstates *s, const char *name, bool variable);
void bg_mapstates_done(struct bg_mapstates *s);

static inline size_t bg_record_size(const struct bg_mapstate *m)
{
	return m->key_size + m->step * m->cpus;
}

#endif
