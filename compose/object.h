/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Joined programs as an object that any loader can load, without bpfgraft: an ELF file with the maps, the contents of
 * global variables, types, functions and lines that the programs in memory have. Nothing of this machine is in it:
 * CO-RE places, kernel functions and symbols are left to the loader, as the members' compiler left them.
 */
#ifndef BG_OBJECT_H
#define BG_OBJECT_H

#include "compose/image.h"

struct bg_object_member {
	const char *run;	      /* its name in the chain */
	const char *path;	      /* its object */
	const struct bg_image *image; /* what libbpf made of that, */
	const struct bpf_object *obj; /* loaded: its maps, and its variables as the spec sets them */
};

struct bg_object_program {
	const char *name;
	const struct bg_image *image; /* joined of members: origins are numbers of theirs */
	size_t slot;		      /* of the chain's program array that it is in, or BG_NO_SLOT */
};
#define BG_NO_SLOT SIZE_MAX

struct bg_object_own { /* a map of the chain's own */
	const char *name;
	int fd; /* that the images name it by; -1: the chain has none */
	uint32_t type, value_size, entries;
};

struct bg_object_job {
	const char *section; /* that says what the programs are for: "xdp", "tc" */
	const struct bg_object_member *members;
	size_t n_members;
	const struct bg_object_program *programs;
	size_t n_programs;
	bool gpl;			 /* the members' licences differ, but all are compatible with the GPL */
	const struct bg_object_own *own; /* a program array among them holds the programs that have slots */
	size_t n_own;
};

/* The object's bytes. 0, or -EINVAL with *ret_why (caller frees): what it holds cannot be in a file. */
int bg_object_make(const struct bg_object_job *job, struct bg_str *ret, char **ret_why);

#endif
