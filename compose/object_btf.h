/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The types of an object that is made of several: of each member those that are needed and no others, told apart where
 * they differ and once where they are the same; and .BTF.ext, which says what functions, lines and CO-RE places the
 * code has.
 */
#ifndef BG_OBJECT_BTF_H
#define BG_OBJECT_BTF_H

#include <bpf/btf.h>

#include "core/base.h"

struct bg_types_in { /* one member's */
	const struct btf *btf;
	uint32_t *became; /* by number of a type: its number in the object, 0: not in it */
};

enum { BG_INFO_MAIN, BG_INFO_TEXT, BG_INFO_SECTIONS }; /* sections of code */

struct bg_types_out {
	struct btf *btf;
	struct bg_types_in *in;
	size_t n_in, settled;			/* the latter: up to here in btf all references are moved */
	BG_VEC(size_t) whose;			/* by type of btf: the member whose references it has, or SIZE_MAX */
	const char *sections[BG_INFO_SECTIONS]; /* their names */
	struct bg_str funcs[BG_INFO_SECTIONS], lines[BG_INFO_SECTIONS], cores[BG_INFO_SECTIONS];
	int err;
};

struct bg_types_secinfo {
	int var;
	uint32_t off, size;
};

void bg_types_out_start(struct bg_types_out *o, size_t members);
/* The number in the object of a member's type. */
int bg_types_want(struct bg_types_out *o, size_t member, uint32_t id);
/* The same of a variable and a function, which may be called otherwise there. linkage: enum btf_func_linkage. */
int bg_types_var(struct bg_types_out *o, size_t member, uint32_t id, const char *name);
int bg_types_func(struct bg_types_out *o, size_t member, uint32_t id, const char *name, unsigned linkage);
void bg_types_section(struct bg_types_out *o, const char *name, uint32_t size, const struct bg_types_secinfo *vars,
		      size_t n);
/* A map that no member has: the variable of its definition. values: of a program array, the number of slots. */
int bg_types_map(struct bg_types_out *o, const char *name, uint32_t type, uint32_t value_size, uint32_t entries,
		 bool values);

/* What is at byte 'off' of a section of code. */
void bg_types_note_func(struct bg_types_out *o, int section, uint32_t off, int func);
void bg_types_note_line(struct bg_types_out *o, int section, uint32_t off, const char *file, const char *text,
			uint32_t line_col);
void bg_types_note_core(struct bg_types_out *o, int section, uint32_t off, int type, const char *access, uint32_t kind);

/* .BTF and .BTF.ext. 0 or -errno, also of anything before. */
int bg_types_out_bytes(struct bg_types_out *o, struct bg_str *ret_btf, struct bg_str *ret_ext);
void bg_types_out_done(struct bg_types_out *o);

#endif
