/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a loaded program was before libbpf relocated it: for each instruction of its image the one that the compiler
 * wrote, the symbol that it names, and the CO-RE record that belongs to it. The object is the user's own or of
 * bpfgraft's making, but read with all lengths checked.
 */
#ifndef BG_OBJECT_SOURCE_H
#define BG_OBJECT_SOURCE_H

#include <gelf.h>

#include "compose/image.h"

#define BG_NO_SYMBOL SIZE_MAX

struct bg_source_symbol {
	const char *name; /* of a section's symbol the section's */
	uint8_t bind, type;
	size_t section; /* 0: defined elsewhere */
	uint64_t value;
};
struct bg_source_section {
	const char *name;
	const uint8_t *data; /* NULL: none in the file */
	uint64_t size;
};
struct bg_source_reloc {
	size_t section, symbol; /* where it is applied; what it names */
	uint64_t at;
};
struct bg_source_core { /* struct bpf_core_relo, include/uapi/linux/bpf.h, but for the place */
	size_t insn;	/* of the image */
	uint32_t type_id, access_str_off, kind;
};

struct bg_source_place {
	const struct bg_source_section *section;
	uint64_t off; /* bytes */
};

struct bg_source {
	int fd;
	Elf *elf;
	struct btf *btf; /* as the compiler wrote it: libbpf changes the one of an opened object */
	BG_VEC(struct bg_source_section) sections;
	BG_VEC(struct bg_source_symbol) symbols;
	BG_VEC(struct bg_source_reloc) relocs;
	BG_VEC(struct bpf_insn) insns; /* by instruction of the image, */
	BG_VEC(size_t) symbol;	       /* and the symbol that it names, or BG_NO_SYMBOL */
	BG_VEC(struct bg_source_core) core;
	struct bg_source_place *places; /* by function of the image: where it was; known by their types' numbers */
};

/* 0, or -EINVAL with *ret_why (caller frees). ret is to be released in any case. */
int bg_source_open(const char *path, const struct bg_image *img, struct bg_source *ret, char **ret_why);
void bg_source_done(struct bg_source *s);
/* The section called name, or NULL. */
const struct bg_source_section *bg_source_section(const struct bg_source *s, const char *name);

#endif
