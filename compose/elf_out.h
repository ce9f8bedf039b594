/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* An ELF object for the BPF machine, put together in memory; the same calls give the same bytes. Knows nothing of what
 * sections mean. */
#ifndef BG_ELF_OUT_H
#define BG_ELF_OUT_H

#include <elf.h>

#include "core/base.h"

struct bg_elf_section {
	char *name;
	uint64_t flags, align;
	struct bg_str data;
	BG_VEC(struct bg_elf_reloc {
		uint64_t at;
		size_t symbol; /* as bg_elf_symbol() returned it */
		uint32_t type;
	})
	relocs;
};

struct bg_elf_symbol {
	char *name; /* NULL: a section's */
	uint8_t bind, type;
	size_t section; /* BG_ELF_UNDEFINED: somewhere else */
	uint64_t value, size;
};
#define BG_ELF_UNDEFINED SIZE_MAX

struct bg_elf_out {
	BG_VEC(struct bg_elf_section) sections;
	BG_VEC(struct bg_elf_symbol) symbols;
};

/* Index of a new section, with bits. */
size_t bg_elf_section(struct bg_elf_out *o, const char *name, uint64_t flags, uint64_t align);
/* Index of a new symbol, whose name is copied; of a global one that is there already, of that. */
size_t bg_elf_symbol(struct bg_elf_out *o, struct bg_elf_symbol s);
/* The symbol that is a section; made when first asked for. */
size_t bg_elf_section_symbol(struct bg_elf_out *o, size_t section);
void bg_elf_reloc(struct bg_elf_out *o, size_t section, uint64_t at, size_t symbol, uint32_t type);
/* The object's bytes. 0 or -errno. */
int bg_elf_bytes(const struct bg_elf_out *o, struct bg_str *ret);
void bg_elf_done(struct bg_elf_out *o);

#endif
