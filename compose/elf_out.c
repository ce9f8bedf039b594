// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/elf_out.h"

#include <fcntl.h>
#include <gelf.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef EM_BPF
#define EM_BPF 247
#endif

size_t bg_elf_section(struct bg_elf_out *o, const char *name, uint64_t flags, uint64_t align)
{
	struct bg_elf_section s = { .name = bg_strdup(name), .flags = flags, .align = align };

	bg_vec_push(&o->sections, s);
	return o->sections.n - 1;
}

size_t bg_elf_symbol(struct bg_elf_out *o, struct bg_elf_symbol s)
{
	for (size_t i = 0; s.name && s.bind != STB_LOCAL && i < o->symbols.n; i++)
		if (o->symbols.v[i].bind != STB_LOCAL && bg_streq(o->symbols.v[i].name, s.name))
			return i;
	s.name = bg_strdup(s.name);
	bg_vec_push(&o->symbols, s);
	return o->symbols.n - 1;
}

size_t bg_elf_section_symbol(struct bg_elf_out *o, size_t section)
{
	for (size_t i = 0; i < o->symbols.n; i++)
		if (o->symbols.v[i].type == STT_SECTION && o->symbols.v[i].section == section)
			return i;
	return bg_elf_symbol(o, (struct bg_elf_symbol){ .bind = STB_LOCAL, .type = STT_SECTION, .section = section });
}

void bg_elf_reloc(struct bg_elf_out *o, size_t section, uint64_t at, size_t symbol, uint32_t type)
{
	struct bg_elf_reloc r = { .at = at, .symbol = symbol, .type = type };

	bg_vec_push(&o->sections.v[section].relocs, r);
}

void bg_elf_done(struct bg_elf_out *o)
{
	for (size_t i = 0; i < o->sections.n; i++) {
		free(o->sections.v[i].name);
		bg_str_done(&o->sections.v[i].data);
		bg_vec_done(&o->sections.v[i].relocs);
	}
	for (size_t i = 0; i < o->symbols.n; i++)
		free(o->symbols.v[i].name);
	bg_vec_done(&o->sections);
	bg_vec_done(&o->symbols);
}

/* --- the file */

struct out {
	const struct bg_elf_out *o;
	Elf *elf;
	struct bg_str names;   /* .strtab: of symbols and of sections */
	struct bg_str symbols; /* .symtab */
	uint32_t *number;      /* by symbol: its place in .symtab */
	uint32_t first_global;
	BG_VEC(char *) kept; /* what libelf points to until it wrote */
};

static uint32_t name_of(struct out *w, const char *s)
{
	uint32_t at = (uint32_t)w->names.n;

	if (!s)
		return 0;
	bg_str_addn(&w->names, s, strlen(s) + 1);
	return at;
}

/* Local symbols come first, as ELF wants it. */
static void make_symbols(struct out *w)
{
	Elf64_Sym none = { 0 };
	uint32_t n = 1;

	bg_str_addn(&w->symbols, &none, sizeof(none));
	for (int global = 0; global <= 1; global++) {
		if (global)
			w->first_global = n;
		for (size_t i = 0; i < w->o->symbols.n; i++) {
			const struct bg_elf_symbol *s = &w->o->symbols.v[i];
			Elf64_Sym sym = { .st_info = ELF64_ST_INFO(s->bind, s->type),
					  /* section 0 of the file is the empty one, 1 the string table */
					  .st_shndx = (Elf64_Half)(s->section == BG_ELF_UNDEFINED ? SHN_UNDEF
												  : s->section + 2),
					  .st_value = s->value,
					  .st_size = s->size };

			if ((s->bind != STB_LOCAL) != global)
				continue;
			sym.st_name = name_of(w, s->name);
			w->number[i] = n++;
			bg_str_addn(&w->symbols, &sym, sizeof(sym));
		}
	}
}

static Elf_Scn *add(struct out *w, Elf64_Shdr h, void *data, size_t size, Elf_Type type)
{
	Elf_Scn *scn = elf_newscn(w->elf);
	Elf_Data *d = scn ? elf_newdata(scn) : NULL;
	GElf_Shdr sh;

	if (!d || !gelf_getshdr(scn, &sh))
		return NULL;
	d->d_buf = data;
	d->d_size = size;
	d->d_type = type;
	d->d_align = h.sh_addralign ? h.sh_addralign : 1;
	d->d_version = EV_CURRENT;
	sh.sh_name = h.sh_name;
	sh.sh_type = h.sh_type;
	sh.sh_flags = h.sh_flags;
	sh.sh_link = h.sh_link;
	sh.sh_info = h.sh_info;
	sh.sh_addralign = h.sh_addralign;
	sh.sh_entsize = h.sh_entsize;
	return gelf_update_shdr(scn, &sh) ? scn : NULL;
}

static int by_offset(const void *a, const void *b)
{
	const Elf64_Rel *x = a, *y = b;

	return x->r_offset < y->r_offset ? -1 : x->r_offset > y->r_offset;
}

static bool add_relocs(struct out *w, size_t section, uint32_t name)
{
	const struct bg_elf_section *s = &w->o->sections.v[section];
	Elf64_Rel *rel;
	Elf64_Shdr h = { .sh_name = name, .sh_type = SHT_REL, .sh_addralign = 8, .sh_entsize = sizeof(*rel) };

	if (!s->relocs.n)
		return true;
	rel = bg_alloc(s->relocs.n * sizeof(*rel));
	bg_vec_push(&w->kept, (char *)rel);
	for (size_t i = 0; i < s->relocs.n; i++) {
		rel[i].r_offset = s->relocs.v[i].at;
		rel[i].r_info = ELF64_R_INFO((uint64_t)w->number[s->relocs.v[i].symbol], s->relocs.v[i].type);
	}
	qsort(rel, s->relocs.n, sizeof(*rel), by_offset);
	h.sh_link = (uint32_t)w->o->sections.n + 2;
	h.sh_info = (uint32_t)section + 2;
	return add(w, h, rel, s->relocs.n * sizeof(*rel), ELF_T_REL);
}

static bool fill(struct out *w)
{
	uint32_t *names = bg_alloc((w->o->sections.n * 2 + 2) * sizeof(*names)), strtab, symtab;
	size_t n = w->o->sections.n;
	bool ok = true;

	bg_vec_push(&w->kept, (char *)names);
	bg_str_addc(&w->names, '\0');
	make_symbols(w);
	strtab = name_of(w, ".strtab");
	symtab = name_of(w, ".symtab");
	for (size_t i = 0; i < n; i++) {
		BG_CLEANUP(bg_freep) char *rel = bg_printf(".rel%s", w->o->sections.v[i].name);

		names[i] = name_of(w, w->o->sections.v[i].name);
		names[n + i] = w->o->sections.v[i].relocs.n ? name_of(w, rel) : 0;
	}
	ok = add(w, (Elf64_Shdr){ .sh_name = strtab, .sh_type = SHT_STRTAB, .sh_addralign = 1 }, w->names.s, w->names.n,
		 ELF_T_BYTE);
	for (size_t i = 0; i < n && ok; i++) {
		const struct bg_elf_section *s = &w->o->sections.v[i];
		Elf64_Shdr h = {
			.sh_name = names[i], .sh_type = SHT_PROGBITS, .sh_flags = s->flags, .sh_addralign = s->align
		};

		ok = add(w, h, s->data.s, s->data.n, ELF_T_BYTE);
	}
	ok = ok && add(w,
		       (Elf64_Shdr){ .sh_name = symtab,
				     .sh_type = SHT_SYMTAB,
				     .sh_link = 1,
				     .sh_info = w->first_global,
				     .sh_addralign = 8,
				     .sh_entsize = sizeof(Elf64_Sym) },
		       w->symbols.s, w->symbols.n, ELF_T_SYM);
	for (size_t i = 0; i < n && ok; i++)
		ok = add_relocs(w, i, names[n + i]);
	return ok;
}

static bool head(Elf *elf)
{
	GElf_Ehdr eh;

	if (!gelf_newehdr(elf, ELFCLASS64) || !gelf_getehdr(elf, &eh))
		return false;
	eh.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	eh.e_machine = EM_BPF;
	eh.e_type = ET_REL;
	eh.e_version = EV_CURRENT;
	eh.e_shstrndx = 1;
	return gelf_update_ehdr(elf, &eh);
}

static int read_all(int fd, struct bg_str *ret)
{
	char buf[65536];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		bg_str_addn(ret, buf, (size_t)n);
	return n < 0 ? -errno : 0;
}

/* libelf writes to files only. */
int bg_elf_bytes(const struct bg_elf_out *o, struct bg_str *ret)
{
	struct out w = { .o = o, .number = bg_alloc((o->symbols.n + 1) * sizeof(uint32_t)) };
	BG_CLEANUP(bg_closep) int fd = memfd_create("bpfgraft", MFD_CLOEXEC);
	int err = fd < 0 ? -errno : 0;

	if (!err && elf_version(EV_CURRENT) == EV_NONE)
		err = -ENOTSUP;
	w.elf = err ? NULL : elf_begin(fd, ELF_C_WRITE, NULL);
	if (!err && (!w.elf || !head(w.elf) || !fill(&w) || elf_update(w.elf, ELF_C_WRITE) < 0))
		err = -EIO;
	if (w.elf)
		elf_end(w.elf);
	if (!err)
		err = read_all(fd, ret);
	for (size_t i = 0; i < w.kept.n; i++)
		free(w.kept.v[i]);
	bg_vec_done(&w.kept);
	bg_str_done(&w.names);
	bg_str_done(&w.symbols);
	free(w.number);
	return err;
}
