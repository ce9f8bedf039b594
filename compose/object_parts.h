/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Private to object*.c: what an object consists of while it is put together. */
#ifndef BG_OBJECT_PARTS_H
#define BG_OBJECT_PARTS_H

#include "compose/elf_out.h"
#include "compose/object.h"
#include "compose/object_btf.h"
#include "compose/object_source.h"

/* Relocations of the BPF machine, Documentation/bpf/llvm_reloc.rst */
#define BG_R_BPF_64_64	  1
#define BG_R_BPF_64_ABS64 2
#define BG_R_BPF_64_32	  10

struct bg_part_map {
	size_t member;
	uint64_t at; /* in the member's .maps */
	uint32_t id; /* the kernel's */
	const char *was;
	size_t symbol;
	uint32_t off; /* in the object's .maps */
};
struct bg_part_inner { /* a definition's value: 'map' has a pointer to 'to' at 'off' */
	size_t map, to;
	uint64_t off;
};
struct bg_part_data { /* global variables of a section */
	size_t member, was;
	const struct bpf_map *map;
	const uint8_t *contents;
	size_t size, section; /* the latter in the object */
};
struct bg_part_extern {
	size_t member;
	const char *name;
	bool weak;
	size_t symbol;
};
struct bg_part_function {
	size_t program, insn, n; /* where in the program's image */
	size_t member;
	uint32_t type; /* the member's number */
	bool global;
	uint64_t off; /* in .text */
	size_t symbol;
};
struct bg_part_own {
	size_t symbol;
	uint32_t off;
	int var;
};

struct bg_parts {
	const struct bg_object_job *job;
	struct bg_source *sources;
	BG_VEC(struct bg_part_map) maps;
	BG_VEC(struct bg_part_inner) inner;
	BG_VEC(struct bg_part_data) data;
	BG_VEC(struct bg_part_extern) externs;
	BG_VEC(struct bg_part_function) functions;
	struct bg_part_own *own; /* by own map of the job */
	struct bg_strv names;	 /* of all that could be called the same */
	struct bg_elf_out elf;
	struct bg_types_out types;
	size_t code[BG_INFO_SECTIONS]; /* sections of elf */
	size_t *program_symbols;
	char *why;
};

/* Bytes of a map's definition. */
uint64_t bg_parts_map_size(const struct bg_parts *p, size_t map);
/* Gives everything a name, a section and a symbol. 0 or -errno. */
int bg_parts_lay_out(struct bg_parts *p);
/* Types, functions, lines, and the contents of all sections but code. 0 or -errno. */
int bg_parts_finish(struct bg_parts *p);
void bg_parts_done(struct bg_parts *p);

#endif
